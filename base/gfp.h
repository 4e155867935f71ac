/* SPDX-License-Identifier: MIT
 *
 * The canonical gfp bits of this project.
 *
 * Values are those of Linux 6.1 (include/linux/gfp_types.h), so that numbers
 * in a 6.1 recording can be taken as they are; importers map the names and
 * numbers of other kernel versions onto these bits.  A trace, the engine and
 * the reports all use them.
 */
#ifndef MM_GFP_H
#define MM_GFP_H

#include <stddef.h>
#include <stdint.h>

typedef uint32_t gfp_t;

#define MM_GFP_DMA_BIT		0x000001u /* __GFP_DMA */
#define MM_GFP_HIGHMEM_BIT	0x000002u
#define MM_GFP_DMA32_BIT	0x000004u
#define MM_GFP_MOVABLE_BIT	0x000008u
#define MM_GFP_RECLAIMABLE	0x000010u
#define MM_GFP_HIGH		0x000020u /* may use half of the min reserve */
#define MM_GFP_IO		0x000040u
#define MM_GFP_FS		0x000080u
#define MM_GFP_ZERO		0x000100u
#define MM_GFP_ATOMIC_BIT	0x000200u /* ignore watermark boost, order 0 */
#define MM_GFP_DIRECT_RECLAIM	0x000400u /* may sleep */
#define MM_GFP_KSWAPD_RECLAIM	0x000800u /* may wake kswapd */
#define MM_GFP_WRITE		0x001000u
#define MM_GFP_NOWARN		0x002000u
#define MM_GFP_RETRY_MAYFAIL	0x004000u /* __GFP_REPEAT before 4.13 */
#define MM_GFP_NOFAIL		0x008000u
#define MM_GFP_NORETRY		0x010000u
#define MM_GFP_MEMALLOC		0x020000u
#define MM_GFP_COMP		0x040000u
#define MM_GFP_NOMEMALLOC	0x080000u
#define MM_GFP_HARDWALL		0x100000u
#define MM_GFP_THISNODE		0x200000u
#define MM_GFP_ACCOUNT		0x400000u
#define MM_GFP_ZEROTAGS		0x800000u
#define MM_GFP_ALL		0xffffffu

#define MM_GFP_REPEAT		MM_GFP_RETRY_MAYFAIL /* its old name */
#define MM_GFP_RECLAIM		(MM_GFP_DIRECT_RECLAIM | MM_GFP_KSWAPD_RECLAIM)
#define MM_GFP_KERNEL		(MM_GFP_RECLAIM | MM_GFP_IO | MM_GFP_FS)
#define MM_GFP_KERNEL_ACCOUNT	(MM_GFP_KERNEL | MM_GFP_ACCOUNT)
#define MM_GFP_ATOMIC		(MM_GFP_HIGH | MM_GFP_ATOMIC_BIT | MM_GFP_KSWAPD_RECLAIM)
#define MM_GFP_NOWAIT		MM_GFP_KSWAPD_RECLAIM
#define MM_GFP_NOIO		MM_GFP_RECLAIM
#define MM_GFP_NOFS		(MM_GFP_RECLAIM | MM_GFP_IO)
#define MM_GFP_USER		(MM_GFP_KERNEL | MM_GFP_HARDWALL)
#define MM_GFP_HIGHUSER		(MM_GFP_USER | MM_GFP_HIGHMEM_BIT)
#define MM_GFP_HIGHUSER_MOVABLE	(MM_GFP_HIGHUSER | MM_GFP_MOVABLE_BIT)
#define MM_GFP_TRANSHUGE_LIGHT	((MM_GFP_HIGHUSER_MOVABLE | MM_GFP_COMP | \
				  MM_GFP_NOMEMALLOC | MM_GFP_NOWARN) & ~MM_GFP_RECLAIM)
#define MM_GFP_TRANSHUGE	(MM_GFP_TRANSHUGE_LIGHT | MM_GFP_DIRECT_RECLAIM)

/* "GFP_KERNEL|__GFP_ZERO", as the kernel's tracing prints it; "0" for none.
 * Returns buf; GFP_NAMES_LEN holds every combination. */
enum { GFP_NAMES_LEN = 512 };
const char *gfp_names(char *buf, size_t size, gfp_t gfp);

#endif
