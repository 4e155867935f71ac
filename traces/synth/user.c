/* SPDX-License-Identifier: MIT
 *
 * Processes (see user.h).  Which requests a fork, a fault and an exit make is
 * that of Linux 6.1 (kernel/fork.c, mm/memory.c, arch/x86/mm/pgtable.c); the
 * sizes of objects are those of Debian's 686 kernel.
 */
#include "traces/synth/user.h"

#include <stdlib.h>

enum { PTE_PAGES = 1024, VMAS = 20, NODES = 3 };

static uint32_t object(struct gen *g, const char *name, uint32_t size, const char *site, const char *free_site)
{
	return gen_objects(g, gen_cache(g, name, size, 0), MM_GFP_KERNEL_ACCOUNT, site, free_site);
}

int user_begin(struct gen *g, struct user *u, enum user_way way)
{
	u->way = way;
	u->fault_cls = gen_pages(g, 0, MM_GFP_HIGHUSER_MOVABLE | MM_GFP_ZERO | MM_GFP_COMP, "do_anonymous_page", "release_pages");
	u->pte_cls = gen_pages(g, 0, MM_GFP_KERNEL_ACCOUNT | MM_GFP_ZERO | MM_GFP_HIGHMEM_BIT, "pte_alloc_one", "pte_free");
	u->pgd_cls = gen_pages(g, 0, MM_GFP_KERNEL_ACCOUNT | MM_GFP_ZERO, "pgd_alloc", "pgd_free");
	u->stack_cls = gen_pages(g, 1, MM_GFP_KERNEL_ACCOUNT | MM_GFP_ZERO, "alloc_thread_stack_node", "free_thread_stack");
	u->vm_cls = gen_class(g, (struct gen_class){ .kind = TRACE_MMAP }, "do_mmap", "do_munmap");
	u->task_cls = object(g, "task_struct", 2944, "dup_task_struct", "free_task");
	u->mm_cls = object(g, "mm_struct", 564, "dup_mm", "__mmdrop");
	u->files_cls = object(g, "files_cache", 256, "dup_fd", "put_files_struct");
	u->sighand_cls = object(g, "sighand_cache", 1300, "copy_sighand", "__cleanup_sighand");
	u->signal_cls = object(g, "signal_cache", 736, "copy_signal", "free_signal_struct");
	u->cred_cls = object(g, "cred_jar", 128, "prepare_creds", "put_cred_rcu");
	u->pid_cls = object(g, "pid", 64, "alloc_pid", "put_pid");
	u->vma_cls = object(g, "vm_area_struct", 72, "vm_area_dup", "vm_area_free");
	u->anon_cls = object(g, "anon_vma", 52, "__anon_vma_prepare", "__put_anon_vma");
	u->chain_cls = object(g, "anon_vma_chain", 32, "anon_vma_clone", "unlink_anon_vmas");
	u->node_cls = object(g, "maple_node", 256, "mas_alloc_nodes", "mt_free_rcu");
	u->lru_site = gen_site(g, "lru_cache_add");
	u->touch_site = gen_site(g, "handle_mm_fault");
	return g->rc;
}

int process_init(struct gen *g, struct process *p, uint32_t task, uint32_t pages)
{
	p->task = task;
	p->area = TRACE_NO_SLOT;
	/* Fixed things, and a page table for every 1024 pages. */
	if (gen_pool_init(g, &p->pages, pages) && gen_pool_init(g, &p->things, 128 + pages / PTE_PAGES))
		return 0;
	return g->rc;
}

void process_free(struct process *p)
{
	free(p->pages.slot);
	free(p->things.slot);
}

static void own(struct gen *g, struct process *p, uint32_t cls)
{
	gen_pool_put(&p->things, gen_new(g, cls));
}

void process_start(struct gen *g, struct user *u, struct process *p, uint32_t pages)
{
	unsigned int i;

	g->task = p->task;
	p->touched = 0;
	own(g, p, u->task_cls);
	own(g, p, u->stack_cls);
	own(g, p, u->cred_cls);
	own(g, p, u->files_cls);
	own(g, p, u->sighand_cls);
	own(g, p, u->signal_cls);
	own(g, p, u->pid_cls);
	if (u->way == USER_MMAP) {
		p->area = gen_new_sized(g, u->vm_cls, pages << 12);
		return;
	}
	own(g, p, u->mm_cls);
	own(g, p, u->pgd_cls);
	for (i = 0; i < NODES; i++)
		own(g, p, u->node_cls);
	for (i = 0; i < VMAS; i++) {
		own(g, p, u->vma_cls);
		if (i % 2)
			continue;
		own(g, p, u->anon_cls);
		own(g, p, u->chain_cls);
	}
}

void process_fault(struct gen *g, struct user *u, struct process *p)
{
	struct trace_op *op;
	uint32_t page;

	g->task = p->task;
	if (p->pages.nr == p->pages.cap || p->touched == p->pages.cap)
		return;
	if (u->way == USER_MMAP) {
		op = gen_op(g, TRACE_TOUCH);
		op->slot = p->area;
		op->arg = p->touched++;
		op->order = 1;
		op->site = u->touch_site;
		return;
	}
	if (p->pages.nr % PTE_PAGES == 0 && p->things.nr < p->things.cap)
		own(g, p, u->pte_cls);
	page = gen_new(g, u->fault_cls);
	gen_on(g, TRACE_LRU_ADD, page, u->lru_site);
	gen_pool_put(&p->pages, page);
}

void process_evict(struct gen *g, struct process *p, uint32_t i)
{
	gen_end(g, gen_pool_take(&p->pages, i));
}

void process_exit(struct gen *g, struct user *u, struct process *p)
{
	uint32_t i;

	g->task = p->task;
	if (u->way == USER_MMAP) {
		gen_end(g, p->area);
		gen_op(g, TRACE_EXIT);
	}
	for (i = 0; i < p->pages.nr; i++)
		gen_end(g, p->pages.slot[i]);
	while (p->things.nr)
		gen_end(g, p->things.slot[--p->things.nr]);
	p->pages.nr = 0;
}
