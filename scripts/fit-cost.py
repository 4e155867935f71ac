#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Fit the cost model's coefficients (docs/cost-model.md).

usage: fit-cost.py [--table replay/cost_table.c] [--doc docs/cost-model.md] [--folds] FEATURES.csv...

Each file is what `mmreplay verify LIST --features FILE` wrote; the list's name is the file's.

Stage 1, untraced lists: weighted least squares of the instructions over the counts, errors relative,
each path weighted by the fifth root of its operations, outliers weighted down (three rounds), no
coefficient below 0 (the one that would be is left out, then again), a pull towards PRIOR so weak
that it decides only what the data leave open.

Stage 2, traced lists (where given): the coefficients of stage 1 stay.  What is left of a traced
operation's instructions is explained by an overhead for each count (the tracing), by coefficients
of counts that no untraced list has, and by what a PAE kernel's coefficients differ by.

--doc: the table of counts in that file, between the lines <!-- counts --> and <!-- end -->.
--folds: each untraced list predicted by coefficients fitted to the others.
Only the standard library is used."""
import argparse
import collections
import math
import os
import re
import sys

# What the data leave open, by instruction: name: (value, how strongly).  The first lines are slopes of
# traced lists (vmap, vunmap, ioremap over the number of pages), which tracing does not change.
PRIOR = {
    'PTE_SET': (24.2, 1e3), 'PTE_CLEAR': (10.1, 1e3), 'PTE_SET_IO': (14.1, 1e3),
    'OBJECT_BYTES': (1, 1), 'CLEAR_LOW': (1097, 1), 'CLEAR_HIGH': (1235, 1), 'VMALLOC': (500, 1),
    'VFREE': (300, 1), 'VMAP_AREA': (400, 1), 'VMAP_OBJECT': (130, 1), 'VMAP_LAZY': (300, 1),
    'SLAB_INNER': (150, 1), 'SLAB_INNER_FREE': (110, 1), 'PAGE_REQUEST': (350, 1), 'BULK': (250, 1),
    'BULK_PAGES': (100, 1), 'PAGE_FREE': (280, 1), 'SLAB_NEW': (900, 1), 'SLAB_SHUFFLED': (14000, 1), 'SLAB_DISCARD': (250, 1),
    'PTE_TABLE': (200, 1), 'PTE_WINDOWS': (30, 1), 'PURGE': (300, 1), 'PURGE_SWITCH': (6000, 1),
    'TLB_RANGE': (60, 1), 'TLB_ALL': (60, 1), 'STEAL': (200, 1), 'VMALLOC_PAGES': (20, 1),
    'VFREE_PAGES': (280, 1), 'SLAB_LARGE': (60, 1), 'SLAB_LARGE_FREE': (300, 1),
    'PAGE_ALLOC': (300, 1), 'KMALLOC': (130, 1), 'CACHE_ALLOC': (100, 1), # the call that clears: DEFAULT
    'ZONE_PASSED': (80, 1), 'SLOWPATH': (400, 1), 'KSWAPD_WAKE': (300, 1), 'MOVE_FRAMES': (10, 1),
    'MOVE_BLOCKS': (40, 1), 'STEAL_ORDERS': (15, 1), 'TAKE_MISS': (50, 1), 'PAGE_BULK': (50, 1),
    'DRAIN_ALL': (500, 1), 'HIGHATOMIC_RESERVE': (100, 1), 'KMALLOC_ACCOUNT': (5, 1),
    'SLAB_DEACTIVATE': (200, 1), 'SLAB_SHRINK': (2000, 1), 'CACHE_CREATE': (95000, 1),
    'CACHE_DESTROY': (35000, 1), 'CACHE_MERGE': (4000, 1),
}
DEFAULT = (20, 1)
PULL = 1e-9
RIDGE = 1e-10
EXACT = 0.001       # errors below count as if they were this: paths are exact, not noisy
# What a PAE kernel does otherwise: page tables, and what maps pages through them.
PAE = ['CLEAR_LOW', 'CLEAR_HIGH', 'KMAP_LOCAL', 'KMAP_ATOMIC', 'KMAP_LOCAL_HIGH', 'KUNMAP_LOCAL_HIGH',
       'KMAP_NEW', 'KMAP_FLUSH_SLOTS', 'PTE_SET', 'PTE_SET_IO', 'PTE_CLEAR', 'PTE_WINDOWS', 'PTE_TABLE',
       'VMAP_AREA', 'VMAP_LAZY']
# Where the recorder's tracepoints and probes are.
TRACED = ['PAGE_ALLOC', 'PAGE_FREE_TOP', 'PAGE_REQUEST', 'BULK', 'BULK_PAGES', 'PAGE_FREE', 'VFREE_PAGES',
          'REFILL_BLOCKS', 'BUDDY_TAKE', 'DRAIN_BLOCKS', 'STEAL', 'KMALLOC', 'KFREE', 'CACHE_ALLOC',
          'CACHE_FREE', 'SLAB_INNER', 'SLAB_INNER_FREE', 'VMAP_AREA', 'VMAP_LAZY', 'PURGE', 'PURGE_AREAS',
          'PURGE_MERGE', 'PURGE_SWITCH', 'SLAB_NEW', 'SLAB_LARGE', 'SLAB_LARGE_FREE', 'KMAP_HIGH',
          'KMAP_FLUSH', 'TLB_RANGE', 'KMAP_LOCAL', 'KUNMAP_LOCAL', 'KUNMAP_HIGH']
UNIT = 256          # COST_UNIT of replay/cost.h
FEW = 10            # operations of a path that has a median

Row = collections.namedtuple('Row', 'n op path y x')


def read(path):
    """Rows of equal operations, as counts; and is the list traced, of a PAE kernel."""
    seen = collections.Counter()
    with open(path) as f:
        head = f.readline().rstrip('\n').split(',')
        for line in f:
            seen[line.split(',', 1)[1]] += 1
    if head[:7] != ['operation', 'traced', 'pae', 'kind', 'path', 'measured', 'modelled'] or not seen:
        sys.exit(f'{path}: not a file that verify --features wrote')
    rows, traced, pae = [], False, False
    for line, n in seen.items():
        p = line.rstrip('\n').split(',')
        traced, pae = p[0] == '1', p[1] == '1'
        x = [(j, int(v)) for j, v in enumerate(p[6:]) if v != '0']
        if int(p[4]):
            rows.append(Row(n, p[2], p[3], int(p[4]), x))
    return head[7:], rows, traced, pae


def add_normal(a, b, rows, weights, target):
    for r, w, y in zip(rows, weights, target):
        for j, v in r.x:
            wv = w * v
            b[j] += wv * y
            aj = a[j]
            for k, u in r.x:
                aj[k] += wv * u


def cholesky_solve(a, b, idx):
    """Scaled to a diagonal of ones: counts differ by six orders of magnitude."""
    m = len(idx)
    scale = [1 / math.sqrt(a[i][i]) for i in idx]
    low = []
    for i in range(m):
        ai, si = a[idx[i]], scale[i]
        li = []
        for j in range(i):
            lj = low[j]
            li.append((ai[idx[j]] * si * scale[j] - sum(map(lambda p, q: p * q, li, lj))) / lj[j])
        li.append(math.sqrt(max(1 + RIDGE - sum(v * v for v in li), RIDGE)))
        low.append(li)
    z = []
    for i in range(m):
        z.append((b[idx[i]] * scale[i] - sum(low[i][k] * z[k] for k in range(i))) / low[i][i])
    x = [0.0] * m
    for i in reversed(range(m)):
        x[i] = (z[i] - sum(low[k][i] * x[k] for k in range(i + 1, m))) / low[i][i]
    return [v * f for v, f in zip(x, scale)]


def solve(a, b, prior, free=(), pull_by=PULL):
    """Minimum with the pull to prior; below zero only where free."""
    n = len(b)
    a, b = [r[:] for r in a], b[:]
    for j in range(n):
        value, strength = prior[j]
        pull = pull_by * strength / max(abs(value), 20) ** 2
        a[j][j] += pull
        b[j] += pull * value
    idx = list(range(n))
    while True:
        x = cholesky_solve(a, b, idx)
        bad = [(v * math.sqrt(a[j][j]), i) for i, (j, v) in enumerate(zip(idx, x)) if v < -1e-9 and j not in free]
        if not bad:
            break
        idx.pop(min(bad)[1])
    c = [0.0] * n
    for j, v in zip(idx, x):
        c[j] = v
    return c


def modelled(c, r):
    return sum(c[j] * v for j, v in r.x)


def path_totals(lists):
    tot = collections.Counter()
    for rows in lists:
        for r in rows:
            tot[r.path] += r.n
    return tot


def weights_of(rows, tot, c=None):
    w = [r.n / r.y ** 2 / tot[r.path] ** 0.8 for r in rows]
    if c:
        w = [v / max(abs(modelled(c, r) / r.y - 1), EXACT) * EXACT for v, r in zip(w, rows)]
    return w


def fit_untraced(lists, names, rounds):
    n = len(names)
    prior = [PRIOR.get(k, DEFAULT) for k in names]
    tot, c = path_totals(lists), None
    for _ in range(rounds):
        a, b = [[0.0] * n for _ in range(n)], [0.0] * n
        for rows in lists:
            add_normal(a, b, rows, weights_of(rows, tot, c), [r.y for r in rows])
        c = solve(a, b, prior)
    return c


def fit_traced(lists, names, c, seen):
    """lists: {name: (rows, pae)}.  Coefficients of counts that no untraced list has, and PAE's difference."""
    n = len(names)
    there = {j for rows, _ in lists.values() for r in rows for j, _ in r.x}
    over = {j: i for i, j in enumerate(j for j in range(n) if j in seen and j in there and names[j] in TRACED)}
    new = {j: len(over) + i for i, j in enumerate(j for j in range(n) if j not in seen and j in there)}
    pae = {j: len(over) + len(new) + i for i, j in enumerate(j for j in range(n) if names[j] in PAE)}
    size = len(over) + len(new) + len(pae)
    prior = [(0, 1)] * size
    for j, i in new.items():
        prior[i] = PRIOR.get(names[j], DEFAULT)
    free = set(over.values()) | set(pae.values())
    tot, e = path_totals([rows for rows, _ in lists.values()]), None
    for _ in range(3):
        a, b = [[0.0] * size for _ in range(size)], [0.0] * size
        for rows, is_pae in lists.values():
            x, y = [], []
            for r in rows:
                z = [(over[j], v) for j, v in r.x if j in over] + [(new[j], v) for j, v in r.x if j in new]
                z += [(pae[j], v) for j, v in r.x if is_pae and j in pae]
                x.append(Row(r.n, r.op, r.path, r.y, z))
                y.append(r.y - sum(c[j] * v for j, v in r.x if j in seen))
            w = weights_of(rows, tot)
            if e:
                w = [v / max(abs((modelled(e, q) - t) / q.y), EXACT) * EXACT for v, q, t in zip(w, x, y)]
            add_normal(a, b, x, w, y)
        e = solve(a, b, prior, free, 100 * PULL)
    for name, (rows, is_pae) in lists.items():
        w = list(c)
        for part in (over, new, pae if is_pae else {}):
            for j, i in part.items():
                w[j] = e[i] + (0 if part is new else w[j])
        report('traced', name, rows, w)
    return {j: e[i] for j, i in new.items()}, {j: e[i] for j, i in pae.items()}


def metrics(rows, c):
    by = collections.defaultdict(list)
    for r in rows:
        p = max(0, int(modelled(c, r) + 0.5))
        by[r.path].append((abs(p - r.y) / r.y, r.n, r.y, p))
        by['all'].append((abs(p - r.y) / r.y, r.n, r.y, p))
    out = {}
    for path, v in by.items():
        v.sort()
        n = sum(e[1] for e in v)
        total = sum(e[1] * e[3] for e in v) / sum(e[1] * e[2] for e in v) - 1
        out[path] = n, total, quantile(v, n, 0.5), quantile(v, n, 0.9)
    return out


def quantile(v, n, share):
    at = 0
    for e in v:
        at += e[1]
        if at >= n * share:
            return e[0]
    return v[-1][0]


def report(title, name, rows, c):
    m = metrics(rows, c)
    n, total, median, p90 = m['all']
    bad = [f'{p} {100 * v[2]:.1f} %' for p, v in sorted(m.items()) if p != 'all' and v[0] >= FEW and v[2] > 0.05]
    print(f'{title:9} {name:24} {n:8} total {100 * total:+7.3f} %  median {100 * median:6.3f} %  '
          f'p90 {100 * p90:6.3f} %  worst path {100 * max(v[2] for v in m.values() if v[0] >= FEW):6.2f} %',
          ('paths above 5 %: ' + '; '.join(bad)) if bad else '')


def write_table(path, names, c, pae, seen, assumed, source):
    def array(title, values):
        lines = [f'const int32_t {title}[COST_NR] = {{']
        for j in range(len(names)):
            v = round(values[j] * UNIT)
            if v:
                why = '' if j in seen or title != 'cost_table' else ' assumed' if j in assumed else ' traced lists'
                lines.append(f'\t[{index(j)}] = {v},\t/* {values[j]:.2f}{why} */')
        return lines + ['};']

    first_step = names.index('PAGE_REQUEST')

    def index(j):
        return f'COST_{names[j]}' if j < first_step else f'COST_NR_FACTS + MM_STEP_{names[j]}'

    text = ['/* SPDX-License-Identifier: MIT', ' *',
            ' * The cost model\'s coefficients, in 1/256 instruction (docs/cost-model.md).  Made by',
            ' * scripts/fit-cost.py from:', ' *'] + [f' *\t{s}' for s in source] + [
                ' *', ' * "traced lists": no untraced list has it; what a traced one costs beyond its tracing.',
                ' * "assumed": no list has it.', ' */', '#include "replay/cost.h"', '']
    text += array('cost_table', c) + [''] + array('cost_table_pae', pae)
    tmp = path + '.tmp'
    with open(tmp, 'w') as f:
        f.write('\n'.join(text) + '\n')
    os.replace(tmp, path)


def write_doc(path, names, c, pae, seen, assumed):
    """What each count is, from the two headers that define them."""
    what = {}
    for header in ('replay/cost_facts.h', 'engine/mm_steps.h'):
        with open(header) as f:
            what.update(re.findall(r'X\((\w+), "([^"]*)"\)', f.read()))
    lines = ['| count | one is a | instructions | PAE | from |', '|---|---|---|---|---|']
    for j, k in enumerate(names):
        source = 'untraced lists' if j in seen else 'assumed' if j in assumed else 'traced lists'
        lines.append(f'| `{k}` | {what[k]} | {c[j]:,.2f} | {f"{pae[j]:+.2f}" if round(pae[j], 2) else ""} | {source} |')
    with open(path) as f:
        head, rest = f.read().split('<!-- counts -->\n')
    rest = rest[rest.index('<!-- end -->'):]
    with open(path + '.tmp', 'w') as f:
        f.write(head + '<!-- counts -->\n' + '\n'.join(lines) + '\n' + rest)
    os.replace(path + '.tmp', path)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('features', nargs='+')
    p.add_argument('--table')
    p.add_argument('--doc')
    p.add_argument('--folds', action='store_true')
    args = p.parse_args()
    untraced, traced, names = {}, {}, None
    for path in args.features:
        head, rows, is_traced, pae = read(path)
        if names and head != names:
            sys.exit(f'{path}: other counts than the files before it')
        names = head
        name = os.path.basename(path).removesuffix('.csv')
        (traced if is_traced else untraced)[name] = (rows, pae)
    if not untraced:
        sys.exit('no untraced list')
    lists = [rows for rows, _ in untraced.values()]
    seen = {j for rows in lists for r in rows for j, _ in r.x}
    c = fit_untraced(lists, names, 4)
    new, pae = fit_traced(traced, names, c, seen) if traced else ({}, {})
    for j, v in new.items():
        c[j] = v
    assumed = {j for j in range(len(names)) if j not in seen and j not in new}
    for name, (rows, _) in untraced.items():
        report('in sample', name, rows, c)
    if args.folds:
        for name, (rows, _) in untraced.items():
            others = [r for k, (r, _) in untraced.items() if k != name]
            report('held out', name, rows, fit_untraced(others, names, 3))
    differs = [pae.get(j, 0) for j in range(len(names))]
    if args.doc:
        write_doc(args.doc, names, c, differs, seen, assumed)
    if args.table:
        source = [f'{k}: {sum(r.n for r in rows)} operations{", traced" if k in traced else ""}{", PAE" if is_pae else ""}'
                  for k, (rows, is_pae) in {**untraced, **traced}.items()]
        write_table(args.table, names, c, differs, seen, assumed, source)


if __name__ == '__main__':
    main()
