/* SPDX-License-Identifier: MIT
 * The verifier that a truth folder is for. */
#include "analyze/verify/verify.h"

#include <errno.h>
#include <string.h>

int verify_folder(const char *dir, const struct verify_options *opt, struct verify_result *out,
		  struct mm_error *err)
{
	const char *kind = verify_kind(dir, err);

	if (!kind)
		return err->code;
	if (opt->cost && strcmp(kind, "operations"))
		return mm_fail(err, -EINVAL, "%s is no operation list: only these tell instructions", dir);
	if (!strcmp(kind, "recording"))
		return verify_recorded(dir, opt, out, err);
	if (opt->diff && !strcmp(kind, "constants"))
		return mm_fail(err, -EINVAL, "%s holds constants: there is no end state to compare", dir);
	if (!strcmp(kind, "constants"))
		return verify_constants(dir, opt, out, err);
	return verify_oracle(dir, opt, out, err);
}
