/* SPDX-License-Identifier: MIT
 *
 * Why an operation took as long as it did: the machine's event counters before
 * and after it.  Of all that happened the highest cause counts
 * (enum op_cause); an outcome that is not ok stands above all of them.
 */
#include "replay/sim.h"

static const struct {
	enum mm_event event;
	enum op_cause cause;
} path_events[SIM_NR_PATH_EVENTS] = {
#define SIM_PATH_ENTRY(event, cause) { MM_EV_##event, CAUSE_##cause },
	SIM_PATH_EVENTS(SIM_PATH_ENTRY)
#undef SIM_PATH_ENTRY
};

void sim_path_seen(struct sim *s)
{
	s->b.odd = CAUSE_ANY;
	s->path_sum = sim_path_sum(s->events);
	for (int i = 0; i < SIM_NR_PATH_EVENTS; i++)
		s->path_seen[i] = s->events[path_events[i].event];
}

enum op_cause sim_cause(struct sim *s)
{
	enum op_cause c = CAUSE_FAST;

	for (int i = 0; i < SIM_NR_PATH_EVENTS; i++)
		if (s->events[path_events[i].event] != s->path_seen[i] && path_events[i].cause > c)
			c = path_events[i].cause;
	if (s->b.odd > c)
		c = s->b.odd;
	sim_path_seen(s);
	return c;
}
