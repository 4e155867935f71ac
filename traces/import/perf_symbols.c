/* SPDX-License-Identifier: MIT
 *
 * perf.data: the symbol table from a file, or that of this host.
 *
 * A kernel lies elsewhere after every boot (KASLR); perf notes the address of
 * _text or _stext as the first mapping.  A table of another boot of the same
 * kernel is moved by the difference; and a host on which the symbol lies at the
 * noted address is the one that was recorded.
 */
#include "traces/import/perf_symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define MAX_TEXT (256u << 20)

char *perf_read_text(const char *path, size_t *n, struct mm_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = NULL, *grown;
	size_t cap = 0;
	ssize_t r = fd < 0 ? -1 : 1;

	*n = 0;
	while (r > 0) {
		if (cap - *n < 4096) {
			cap = cap ? cap * 2 : 1 << 16;
			grown = cap <= MAX_TEXT ? realloc(text, cap) : NULL;
			if (!grown) {
				errno = cap > MAX_TEXT ? EFBIG : ENOMEM;
				r = -1;
				break;
			}
			text = grown;
		}
		r = read(fd, text + *n, cap - *n - 1);
		if (r > 0)
			*n += r;
		else if (r < 0 && errno == EINTR)
			r = 1;
	}
	if (r < 0) {
		mm_fail(err, -errno, "%s: %s", path, strerror(errno));
		free(text);
		text = NULL;
	} else {
		text[*n] = '\0';
	}
	if (fd >= 0)
		close(fd);
	return text;
}

int perf_symbols_load(struct perf_symbols *s, const char *path, struct mm_error *err)
{
	uint64_t there;
	size_t n;

	s->text = perf_read_text(path, &n, err);
	if (!s->text)
		return err ? err->code : -EIO;
	s->tried = true;
	if (symbols_parse(&s->table, s->text, n))
		return mm_fail(err, -ENOMEM, "out of memory");
	if (!s->table.n)
		return mm_fail(err, -EINVAL, "%s: no line \"ADDRESS TYPE NAME\", as /proc/kallsyms has them", path);
	there = *s->ref ? symbols_address(&s->table, s->ref) : 0;
	s->shift = there ? s->ref_addr - there : 0;
	return 0;
}

static void forget(struct perf_symbols *s)
{
	symbols_free(&s->table);
	free(s->text);
	s->text = NULL;
}

bool perf_symbols_of_host(struct perf_symbols *s, const char *release)
{
	struct utsname host;

	if (s->tried)
		return s->text;
	s->tried = true;
	if (!*s->ref || uname(&host) || (release && strcmp(release, host.release)) ||
	    perf_symbols_load(s, "/proc/kallsyms", NULL))
		forget(s);
	else if (symbols_address(&s->table, s->ref) != s->ref_addr)
		forget(s);
	return s->text;
}

void perf_symbols_free(struct perf_symbols *s)
{
	forget(s);
}
