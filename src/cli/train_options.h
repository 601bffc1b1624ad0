// The options of commands that train, as the library takes them.
#ifndef CLI_TRAIN_OPTIONS_H
#define CLI_TRAIN_OPTIONS_H

#include "cli/cli_setup.h"

#define TRAIN_PATHS_MAX 1024
#define TRAIN_SETTINGS_MAX 6 // that are options of their own

// Holds what options points at; neither copy nor move it.
typedef struct train_options {
    char text[TRAIN_SETTINGS_MAX][64]; // "minutes=10"
    size_t texts;
    const char *set[CLI_LIST_MAX + TRAIN_SETTINGS_MAX]; // those of --set first
    const char *data[TRAIN_PATHS_MAX];                  // those of --data first
    axl_train_options options;
} train_options;

// Everything but events. False after a complaint.
bool train_options_gather(train_options *o, const setup *s, const arguments *args);

#endif
