/* SPDX-License-Identifier: MIT
 *
 * gsnap NAME DIR FRAMES: copy the kernel's own tables of the allocators, in the
 * guest.  FRAMES is at least the number of page frames.
 *
 * A snapshot is only as good as the knowledge of when each file was read.  So
 * each read stands between marks in the trace itself ("GTSNAP NAME read FILE"),
 * and nothing that this program does between a mark and the end of its read
 * takes a page: all memory is there and touched before the first mark, files
 * are read in one piece each, and written to DIR only after the last.
 *
 * Freestanding: built by the host's compiler with -m32 and no library, so that
 * recording needs no 32-bit libc on the host.  System calls of i386 Linux.
 */

enum { SYS_EXIT = 1, SYS_READ = 3, SYS_WRITE = 4, SYS_OPEN = 5, SYS_CLOSE = 6, SYS_MMAP2 = 192 };
enum { O_WRONLY = 1, O_CREAT = 0100, O_TRUNC = 01000 };
enum { PROT_RW = 3, MAP_PRIVATE_ANON_POPULATE = 0x2 | 0x20 | 0x8000 };

/* In the order in which they are read: the large ones first, and those that
 * tell of free blocks close together and last. */
static const char *const files[] = {
	"/proc/kpagecount", "/proc/kpageflags", "/proc/uptime", "/proc/modules", "/proc/iomem",
	"/sys/kernel/debug/extfrag/extfrag_index", "/sys/kernel/debug/extfrag/unusable_index",
	"/proc/vmstat", "/proc/meminfo", "/proc/vmallocinfo", "/proc/slabinfo", "/proc/zoneinfo",
	"/proc/pagetypeinfo", "/proc/buddyinfo",
};

enum { NR_FILES = sizeof(files) / sizeof(files[0]), TEXT_ROOM = 512 << 10, READ_MOST = 1 << 20 };

static long call(long nr, long a, long b, long c)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(nr), "b"(a), "c"(b), "d"(c) : "memory");
	return r;
}

static void die(int status)
{
	for (;;)
		call(SYS_EXIT, status, 0, 0);
}

/* mmap2 has six arguments; the sixth is in ebp, which the compiler may need. */
static char *room(unsigned long bytes)
{
	long r, args[2] = { SYS_MMAP2, 0 };

	__asm__ volatile("pushl %%ebp\n\t"
			 "movl 4(%%eax), %%ebp\n\t"
			 "movl (%%eax), %%eax\n\t"
			 "int $0x80\n\t"
			 "popl %%ebp"
			 : "=a"(r)
			 : "a"(args), "b"(0), "c"(bytes), "d"(PROT_RW),
			   "S"(MAP_PRIVATE_ANON_POPULATE), "D"(-1)
			 : "memory");
	if ((unsigned long)r > 0xfffff000ul)
		die(3);
	return (char *)r;
}

static char *put(char *to, const char *s)
{
	while (*s)
		*to++ = *s++;
	*to = 0;
	return to;
}

/* "GTSNAP before read /proc/zoneinfo" in one write: one event. */
static void mark(long fd, const char *name, const char *what, const char *file)
{
	char line[200], *p = put(line, "GTSNAP ");

	p = put(p, name);
	p = put(p, what);
	p = put(p, file);
	call(SYS_WRITE, fd, (long)line, p - line);
}

static unsigned long read_all(const char *file, char *to, unsigned long most)
{
	long fd = call(SYS_OPEN, (long)file, 0, 0), n;
	unsigned long got = 0;

	if (fd < 0)
		return 0;
	while (got < most) {
		n = call(SYS_READ, fd, (long)(to + got), most - got < READ_MOST ? most - got : READ_MOST);
		if (n <= 0)
			break;
		got += (unsigned long)n;
	}
	call(SYS_CLOSE, fd, 0, 0);
	return got;
}

static void write_all(const char *dir, const char *file, const char *from, unsigned long bytes)
{
	const char *base = file;
	char path[300], *p;
	long fd, n;

	for (; *file; file++)
		if (*file == '/')
			base = file + 1;
	p = put(path, dir);
	p = put(p, "/");
	put(p, base);
	fd = call(SYS_OPEN, (long)path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0)
		die(4);
	while (bytes) {
		n = call(SYS_WRITE, fd, (long)from, (long)bytes);
		if (n <= 0)
			die(5);
		from += n;
		bytes -= (unsigned long)n;
	}
	call(SYS_CLOSE, fd, 0, 0);
}

/* kpagecount and kpageflags, the first two, hold 8 bytes a frame. */
static unsigned long room_for(int i, unsigned long frames)
{
	return i < 2 ? (frames * 8 | 4095) + 1 : TEXT_ROOM;
}

static unsigned long number(const char *s)
{
	unsigned long n = 0;

	while (*s >= '0' && *s <= '9' && n < 1ul << 25)
		n = n * 10 + (unsigned long)(*s++ - '0');
	return n;
}

static void snapshot(const char *name, const char *dir, unsigned long frames)
{
	char *text[NR_FILES];
	unsigned long n[NR_FILES];
	long fd = call(SYS_OPEN, (long)"/sys/kernel/tracing/trace_marker", O_WRONLY, 0);
	int i;

	for (i = 0; i < NR_FILES; i++)
		text[i] = room(room_for(i, frames));
	mark(fd, name, " begin", "");
	for (i = 0; i < NR_FILES; i++) {
		mark(fd, name, " read ", files[i]);
		n[i] = read_all(files[i], text[i], room_for(i, frames));
	}
	mark(fd, name, " end", "");
	for (i = 0; i < NR_FILES; i++)
		if (n[i])
			write_all(dir, files[i], text[i], n[i]);
	die(0);
}

/* argc, argv... stand on the stack at the start of a process. */
__attribute__((used)) static void begin(long *stack)
{
	if (stack[0] != 4)
		die(2);
	snapshot((const char *)stack[2], (const char *)stack[3], number((const char *)stack[4]));
}

__asm__(".globl _start\n_start:\n\tmovl %esp, %eax\n\tandl $-16, %esp\n\tsubl $12, %esp\n\tpushl %eax\n\tcall begin\n");
