/* SPDX-License-Identifier: MIT
 * A machine for the tests of the address layer. */
#ifndef TESTS_VIRT_FIXTURE_H
#define TESTS_VIRT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/mm86.h"

/* cmocka setup and teardown: *state is a fresh 2 GiB machine, one CPU, timed
 * work by hand only. */
int virt_setup(void **state);
int virt_teardown(void **state);
/* The same with another RAM size (MiB) and number of CPUs. */
struct mm_machine *virt_machine(uint32_t mib, unsigned int cpus);

/* The caller of operation op: task 1 on CPU 0. */
struct mm_caller virt_caller(uint32_t op);

/* Fail the test with the sentence unless mm_check finds nothing. */
void assert_clean(const struct mm_machine *m);
/* The frame that addr maps to; fails the test if it maps nothing. */
pfn_t mapped_frame(const struct mm_machine *m, vaddr_t addr);

#endif
