/* SPDX-License-Identifier: MIT
 *
 * user: processes for profiles: what fork, exec, page faults and exit ask the
 * kernel's allocators for, on a 686 kernel without PAE.
 *
 * Either as the page and object requests that demand paging makes (PAGES), which
 * any replay can execute, or as mmap, touch, munmap and exit operations (MMAP),
 * which leave that to a replay with user address spaces.
 */
#ifndef SYNTH_USER_H
#define SYNTH_USER_H

#include "traces/synth/gen.h"

enum user_way { USER_PAGES, USER_MMAP };

struct user {
	enum user_way way;
	uint32_t fault_cls, pte_cls, pgd_cls, stack_cls, vm_cls;
	uint32_t task_cls, mm_cls, files_cls, sighand_cls, signal_cls, cred_cls, pid_cls, vma_cls,
		 anon_cls, chain_cls, node_cls;
	uint32_t lru_site, touch_site;
};

struct process {
	uint32_t task;		/* of the trace */
	struct gen_pool pages;	/* anonymous and file pages, in the order of the faults */
	struct gen_pool things;	/* all else that it owns */
	uint32_t area, touched;	/* USER_MMAP: the mapping, its pages touched so far */
};

int user_begin(struct gen *g, struct user *u, enum user_way way);

/* Make room for a process of up to `pages` pages. */
int process_init(struct gen *g, struct process *p, uint32_t task, uint32_t pages);
void process_free(struct process *p);

/* fork and exec; pages: the size of its mapping (USER_MMAP). */
void process_start(struct gen *g, struct user *u, struct process *p, uint32_t pages);
/* The next page of its address space is written to for the first time. */
void process_fault(struct gen *g, struct user *u, struct process *p);
/* Swap: its i-th page is given up.  USER_PAGES only. */
void process_evict(struct gen *g, struct process *p, uint32_t i);
void process_exit(struct gen *g, struct user *u, struct process *p);

#endif
