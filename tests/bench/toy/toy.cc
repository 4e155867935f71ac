/* SPDX-License-Identifier: MIT
 *
 * What toy.c says, for Google Benchmark.
 */
#include <benchmark/benchmark.h>

using benchmark::Counter;
using benchmark::State;

static void plain(State &s)
{
	for (auto _ : s)
		benchmark::ClobberMemory();
}

static void sized(State &s)
{
	int64_t n = s.range(0), i;

	while (s.KeepRunning())
		for (i = 0; i < n; i++)
			benchmark::DoNotOptimize(i);
	s.SetItemsProcessed(s.iterations() * n);
	s.SetBytesProcessed(s.iterations() * 1000);
	s.SetComplexityN(n);
	s.SetLabel("a \"label\", quoted");
}

static void counted(State &s)
{
	for (auto _ : s)
		benchmark::ClobberMemory();
	s.counters["k_plain"] = 3.25;
	s.counters["k_negative"] = -123456;
	s.counters["k_small"] = 0.00123;
	s.counters["k_kilo"] = Counter(12345678, Counter::kDefaults, Counter::kIs1024);
	s.counters["k_threads"] = Counter(10, Counter::kAvgThreads);
	s.counters["k_invariant"] = Counter(2, Counter::kIsIterationInvariant);
	s.counters["k_iteration"] = Counter(50, Counter::kAvgIterations);
	s.counters["k_inverse"] = Counter(8, Counter::kInvert);
	s.counters["rate"] = Counter(1000, Counter::kIsRate);
	s.counters["per_thread"] = Counter(1000, Counter::kAvgThreadsRate);
	s.counters["seconds"] = Counter(1000, Counter::kIsRate | Counter::kInvert);
	s.counters["a_long_name_of_a_counter"] = 1;
}

static void manual(State &s)
{
	while (s.KeepRunning())
		s.SetIterationTime(0.25);
	s.counters["k_rate"] = Counter(10, Counter::kIsRate);
}

static void paused(State &s)
{
	for (auto _ : s) {
		s.PauseTiming();
		benchmark::ClobberMemory();
		s.ResumeTiming();
	}
}

static void error_before(State &s)
{
	s.SkipWithError("it \"cannot\" begin");
	s.SkipWithError("a second reason");
	for (auto _ : s)
		benchmark::ClobberMemory();
	s.SetLabel("lost");
	s.counters["lost"] = 1;
}

static void error_within(State &s)
{
	for (auto _ : s) {
		s.SkipWithError("in the middle");
		break;
	}
}

static void error_in_one(State &s)
{
	if (s.thread_index() == 1)
		s.SkipWithError("thread 1 has none");
	while (s.KeepRunning())
		benchmark::ClobberMemory();
}

static int setups, teardowns;

static void setup(const State &s)
{
	setups += (int)s.range(0);
}

static void teardown(const State &s)
{
	teardowns += (int)s.range(0);
}

static void hooked(State &s)
{
	for (auto _ : s)
		benchmark::ClobberMemory();
	if (!s.thread_index())
		s.counters["k_hooks"] = setups * 100 + teardowns;
}

class Fixture : public benchmark::Fixture {
public:
	void SetUp(const State &) override { set_up = true; }
	void TearDown(const State &) override { set_up = false; }
	bool set_up = false;
};

BENCHMARK_DEFINE_F(Fixture, method)(State &s)
{
	for (auto _ : s)
		benchmark::ClobberMemory();
	s.counters["k_fixture"] = set_up;
}

static double n_to_the_4(benchmark::IterationCount n)
{
	return (double)(n * n * n * n);
}

static double greatest(const std::vector<double> &v)
{
	double most = v[0];

	for (double x : v)
		most = x > most ? x : most;
	return most;
}

BENCHMARK(sized)->Name("BM_dense")->Iterations(20)->DenseRange(2, 9, 3);
BENCHMARK(sized)->Name("BM_ranges")->Iterations(20)->Ranges({ { 1, 8 }, { 2, 16 } });
BENCHMARK(sized)->Name("BM_product")->Iterations(20)->ArgsProduct({ { 3, 1 }, { 7 } });
BENCHMARK(sized)->Name("BM_names")->Iterations(20)->ArgNames({ "size", "", "w" })
	->Args({ 8, -2, 3 })->Args({ 9, 0, 4 });
BENCHMARK(plain)->Name("BM_negative")->Iterations(20)->RangeMultiplier(2)->Range(-9, 5)->Range(0, 1);
BENCHMARK(sized)->Name("BM_n")->Iterations(50)->Range(8, 64)->Complexity(benchmark::oN);
BENCHMARK(sized)->Name("with/slash")->Iterations(50)->RangeMultiplier(4)->Range(4, 64)
	->Complexity(benchmark::oNLogN)->Unit(benchmark::kMicrosecond);
BENCHMARK(sized)->Name("BM_own_curve")->Iterations(50)->Range(8, 64)->Complexity(n_to_the_4);
BENCHMARK(counted)->Name("BM_threads")->Iterations(100)->Threads(1)->Threads(3);
BENCHMARK(counted)->Name("BM_repeated")->Iterations(100)->Threads(2)->Repetitions(3);
BENCHMARK(plain)->Name("BM_thread_range")->Iterations(10)->ThreadRange(1, 3);
BENCHMARK(plain)->Name("BM_dense_threads")->Iterations(10)->DenseThreadRange(1, 4, 2);
BENCHMARK(counted)->Name("BM_real")->Iterations(100)->Threads(2)->UseRealTime();
BENCHMARK(plain)->Name("BM_process")->Iterations(1000)->UseRealTime()->MeasureProcessCPUTime();
BENCHMARK(manual)->Name("BM_manual")->Iterations(5)->UseManualTime()->Repetitions(2)
	->Unit(benchmark::kMillisecond);
BENCHMARK(paused)->Name("BM_paused")->Iterations(50)->Repetitions(2);
BENCHMARK(error_before)->Name("BM_error")->Iterations(10)->Repetitions(2);
BENCHMARK(error_within)->Name("BM_error_within")->Iterations(10);
BENCHMARK(error_in_one)->Name("BM_error_in_one")->Iterations(10)->Threads(2);
BENCHMARK(hooked)->Name("BM_setup")->Iterations(10)->Arg(1)->Setup(setup)->Teardown(teardown);
BENCHMARK_REGISTER_F(Fixture, method)->Iterations(10);
BENCHMARK(plain)->Name("BM_statistic")->Iterations(1000)->Unit(benchmark::kSecond)->Repetitions(4)
	->ComputeStatistics("greatest", greatest);
BENCHMARK(plain)->Name("BM_aggregates")->Iterations(1000)->Repetitions(2)->ReportAggregatesOnly();
BENCHMARK(plain)->Name("BM_shown")->Iterations(1000)->Repetitions(2)->DisplayAggregatesOnly();
BENCHMARK(plain)->Name("DISABLED_off")->Iterations(1);
BENCHMARK(plain)->Name("BM_times")->MinTime(0.002)->MinWarmUpTime(0.001);
BENCHMARK(plain)->Name("BM_auto");
BENCHMARK_MAIN();
