// What axl generate and axl chat share: options, the text as it comes, and figures at the end.
#ifndef CLI_GENERATION_H
#define CLI_GENERATION_H

#include "cli/cli_setup.h"

#include <axl/generate.h>

// Opens the engine of the model that the only word names. 0, or the exit code after a complaint.
int cli_generation_open(setup *s, const arguments *args, axl_engine **out);

// The model's settings, changed as args says. stops [CLI_LIST_MAX] is filled in; all
// strings are those of args.
void cli_generation_options(axl_generate_options *out, axl_stop *stops, const axl_engine *e,
                            const arguments *args);

// Shows text on stdout: as it is, or on a terminal in a form that cannot command it. {0} begins.
typedef struct text_view {
    bool terminal; // stdout is one
    bool trim;     // leave out blanks at the beginning
    char last;     // byte that was shown; 0: none yet
} text_view;
bool cli_text_show(text_view *v, const void *bytes, size_t size); // false: nobody reads

// One line on stderr.
void cli_generation_stats(const char *path, const axl_generate_result *r);

#endif
