// Everything that is known of a run, gathered for its report, its results and its card.
#ifndef API_TRAIN_RECORD_H
#define API_TRAIN_RECORD_H

#include "api/train_held.h"
#include "api/train_setup.h"
#include "data/path_weights.h"
#include "os/machine_facts.h"
#include "train/log_history.h"

#define TRAIN_RECORD_SETTINGS 64
#define TRAIN_RECORD_NAME 256

// The summary borrows from the rest, so a record stays where it is.
typedef struct train_record {
    train_summary summary;
    log_history log;
    path_weights paths; // of the data
    train_source *source;
    train_omission omission[CORPUS_REASONS];
    train_fact field[CONFIG_FIELDS], setting[TRAIN_RECORD_SETTINGS];
    char setting_text[TRAIN_RECORD_SETTINGS][SETTING_TEXT];
    char name[TRAIN_RECORD_NAME], processor[64], system[OS_SYSTEM_NAME_MAX];
    char split[160], digest[DIGEST_TEXT];
} train_record;

// Reads the logs in the folder of the run and fills in all but the figures of held-out text. The
// setup and the held-out set must outlive the record. The caller closes it, also after a failure.
axl_status train_record_open(train_record *out, const train_setup *s, const train_held *held,
                             axl_error *err);
void train_record_close(train_record *r);

#endif
