// The options of axl serve and axl doctor, rows of the table in cli_command.c.
#ifndef CLI_SERVE_OPTIONS_H
#define CLI_SERVE_OPTIONS_H

#include "cli/cli_command.h"

#define SERVE_OPTIONS 18
#define DOCTOR_OPTIONS 6
extern const option serve_options[SERVE_OPTIONS], doctor_options[DOCTOR_OPTIONS];

#endif
