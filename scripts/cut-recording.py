#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Cut a trace.dat (version 7, not compressed) down to the page allocator's events.

cut-recording.py IN OUT [SECONDS]: keeps the events that verification of page decisions
reads (kmem:mm_page_*, the page probes of gt:, markers) with their times and
CPUs as they are, and drops all others, the kernel's symbols and the formats of
events that are not in it, and all after SECONDS of the recording's clock.  Of
the two events of a page freed in a list (mm_page_free, mm_page_free_batched)
only the second is kept, which is when it reaches its list.  Writes version 6.
"""
import struct
import sys

KEEP = {"mm_page_alloc", "mm_page_free", "mm_page_free_batched", "mm_page_alloc_zone_locked",
        "mm_page_pcpu_drain", "mm_page_alloc_extfrag", "bulk", "bulk_ret", "bulk_page",
        "drain_all_pages", "isolate_free_page", "isolate_free_page_ret", "consts", "print",
        "mm_vmscan_kswapd_wake", "mm_vmscan_kswapd_sleep", "mm_vmscan_direct_reclaim_begin",
        "mm_compaction_begin"}
ONCE = {"consts"}       # one of them tells all
PAGE, HEAD = 4096, 12   # buffer page; its header with 4-byte longs


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        self.at += n
        return self.data[self.at - n:self.at]

    def number(self, n):
        return int.from_bytes(self.take(n), "little")

    def string(self):
        end = self.data.index(b"\0", self.at)
        return self.take(end + 1 - self.at)


def formats(r, n, out, ids):
    kept = []
    for _ in range(n):
        text = r.take(r.number(8))
        name = text.split(b"name: ")[1].split(b"\n")[0].decode()
        if name in KEEP:
            ids[int(text.split(b"ID: ")[1].split(b"\n")[0])] = name
            kept.append(text)
    out += struct.pack("<I", len(kept))
    for text in kept:
        out += struct.pack("<Q", len(text)) + text


def options(r, at):
    """(id, body) of all options, and of the sections that they point to."""
    while at:
        r.at, at = at, 0
        r.take(2 + 2 + 4 + 8)
        while True:
            opt, body = r.number(2), r.take(r.number(4))
            if not opt:
                at = int.from_bytes(body, "little")
                break
            yield opt, body


def section(r, body):
    r.at = int.from_bytes(body[:8], "little")
    r.take(2 + 2 + 4 + 8)
    return r


def header(r, out, ids):
    """Writes all up to the table of CPUs; answers (offset, size) of each."""
    assert r.take(12) == b"\x17\x08\x44tracing7\0", "no trace.dat of version 7"
    out += b"\x17\x08\x44tracing6\0" + r.take(2 + 4)
    assert r.string() == b"none\0", "compressed"
    r.string()
    opts = list(options(r, r.number(8)))
    at = dict(opts)
    r = section(r, at[16])
    for name in (b"header_page\0", b"header_event\0"):
        assert r.string() == name
        text = r.take(r.number(8))
        out += name + struct.pack("<Q", len(text)) + text
    r = section(r, at[17])
    formats(r, r.number(4), out, ids)
    r, systems = section(r, at[18]), []
    for _ in range(r.number(4)):
        name, sub = r.string(), bytearray()
        formats(r, r.number(4), sub, ids)
        if sub[:4] != bytes(4):
            systems.append(name + sub)
    out += struct.pack("<I", len(systems)) + b"".join(systems)
    out += bytes(4 + 4)                 # kallsyms, printk formats
    cmdlines = b""
    if 21 in at:                        # names of tasks
        r = section(r, at[21])
        cmdlines = r.take(r.number(8))
    out += struct.pack("<Q", len(cmdlines)) + cmdlines
    b = Reader(at[3])
    b.number(8), b.string(), b.string(), b.number(4)
    cpus = [(b.number(4), b.number(8), b.number(8)) for _ in range(b.number(4))]
    out += struct.pack("<I", len(cpus)) + b"options  \0"
    for opt, body in opts:
        if opt in (4, 5, 8):            # clock, uname, number of CPUs
            out += struct.pack("<HI", opt, len(body)) + body
    out += struct.pack("<H", 0) + b"flyrecord\0"
    return [c[1:] for c in cpus]


def events(data):
    """(time, record) of each event of a CPU's pages."""
    for page in range(0, len(data), PAGE):
        time, commit = struct.unpack_from("<QI", data, page)
        at, end = page + HEAD, page + HEAD + (commit & 0xfffff)
        while at < end:
            word, = struct.unpack_from("<I", data, at)
            kind, delta = word & 31, word >> 5
            at += 4
            if kind == 29:
                at += struct.unpack_from("<I", data, at)[0]
                time += delta
            elif kind in (30, 31):
                delta |= struct.unpack_from("<I", data, at)[0] << 27
                time = time + delta if kind == 30 else delta
                at += 4
            else:
                n, skip = kind * 4, 0
                if not kind:
                    n, skip = struct.unpack_from("<I", data, at)[0] - 4, 4
                time += delta
                yield time, data[at + skip:at + skip + n]
                at += skip + n


def unpaired(kept, ids):
    """Without the mm_page_free that a mm_page_free_batched of its pfn follows."""
    last, drop = {}, set()
    for i, (_, rec) in enumerate(kept):
        name = ids[struct.unpack_from("<H", rec)[0]]
        if name in ("mm_page_free", "mm_page_alloc", "mm_page_free_batched"):
            pfn = rec[8:12]
            if name == "mm_page_free_batched":
                drop.add(last.pop(pfn, None))
            elif name == "mm_page_free":
                last[pfn] = i
            else:
                last.pop(pfn, None)
    return [k for i, k in enumerate(kept) if i not in drop]


def pack(kept):
    out, page, start, last = bytearray(), bytearray(), 0, 0

    def flush():
        if page:
            out.extend(struct.pack("<QI", start, len(page)) + page)
            out.extend(bytes(-len(out) % PAGE))
            page.clear()

    for time, rec in kept:
        n = len(rec)
        if not page or len(page) + n + 16 > PAGE - HEAD:
            flush()
            start = last = time
        delta, last = time - last, time
        if delta >> 27:
            page.extend(struct.pack("<II", 30 | (delta & 0x7ffffff) << 5, delta >> 27))
            delta = 0
        if n <= 112 and n % 4 == 0:
            page.extend(struct.pack("<I", n // 4 | delta << 5) + rec)
        else:
            n += -n % 4
            page.extend(struct.pack("<II", delta << 5, n + 4) + rec.ljust(n, b"\0"))
    flush()
    return out


def main():
    r, out, ids = Reader(open(sys.argv[1], "rb").read()), bytearray(), {}
    cpus = header(r, out, ids)
    table, seen, data = len(out), set(), []
    end = float(sys.argv[3]) * 1e9 if len(sys.argv) > 3 else float("inf")
    for offset, size in cpus:
        kept = []
        for time, rec in events(r.data[offset:offset + size]):
            name = ids.get(struct.unpack_from("<H", rec)[0])
            if name and time <= end and not (name in ONCE and name in seen):
                seen.add(name)
                kept.append((time, rec))
        data.append(pack(unpaired(kept, ids)))
    at = table + 16 * len(cpus)
    at += -at % PAGE
    for d in data:
        out += struct.pack("<QQ", at, len(d))
        at += len(d)
    out += bytes(-len(out) % PAGE) + b"".join(data)
    open(sys.argv[2], "wb").write(out)


main()
