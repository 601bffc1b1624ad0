// The plan of a training, for people and as JSON.
#ifndef CLI_TRAIN_PLAN_TEXT_H
#define CLI_TRAIN_PLAN_TEXT_H

#include "cli/cli_json.h"
#include "cli/cli_setup.h"

// The members of the plan, into an object that is open.
void train_plan_json(json *j, const axl_train_plan *p);
void train_plan_print(const axl_train_plan *p);

// A line on stderr for everything that a person should think about.
void train_plan_warn(const char *path, const axl_train_plan *p);

// All of axl train --dry-run behind its options: the exit code.
int train_plan_dry_run(const setup *s, const axl_train_options *options, bool as_json);

#endif
