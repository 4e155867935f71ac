/* SPDX-License-Identifier: MIT
 * The toy benchmarks (tests/bench/toy/) as programs in a private folder: in C
 * with the libbench of this build, in C++ with Debian's Google Benchmark. */
#ifndef TESTS_BENCH_TOYS_H
#define TESTS_BENCH_TOYS_H

#include <jansson.h>
#include <stdbool.h>

struct text {
	char *out, *err;	/* whole; NUL-terminated */
	int status;		/* exit status; 128 + signal when killed */
};

extern char toys_dir[64];

/* Makes the folder; compiles SOURCE (a path here) to NAME in it. */
void toys_open(void);
void toys_compile_c(const char *source, const char *name);
/* False where there is no g++ or no libbenchmark. */
bool toys_compile_cc(const char *source, const char *name);
void toys_close(void);

/* Runs a shell command in the folder; the result lives until the next but one. */
struct text *toys_run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The document in text (a test fails if it is none); to be json_decref'd. */
json_t *toys_json(const char *text);
/* Its benchmark of this name, the first. */
json_t *toys_benchmark(json_t *document, const char *name);
double toys_number(json_t *benchmark, const char *key);

/* Writes a file into the folder. */
void toys_file(const char *name, const char *text);

#endif
