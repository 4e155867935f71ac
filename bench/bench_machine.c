/* SPDX-License-Identifier: MIT
 *
 * The machine that the engine's benchmarks run on.
 */
#include "bench/bench_machine.h"

bool bench_machine_open(struct bench_machine *b, struct bench_state *s, unsigned int cpus,
			uint32_t vmalloc_mb)
{
	struct mm_config cfg;
	struct mm_error err;

	mm_config_init(&cfg);
	cfg.ram_bytes = (paddr_t)1 << 30;
	cfg.cpus = cpus;
	if (vmalloc_mb)
		cfg.vmalloc_reserve = vmalloc_mb << 20;
	*b = (struct bench_machine){ .m = mm_machine_create(&cfg, &err), .random = 2463534242u };
	if (!b->m)
		bench_skip_with_error(s, err.text);
	return b->m;
}

void bench_machine_close(struct bench_machine *b)
{
	if (b->m)
		mm_machine_destroy(b->m);
}
