// What state.safetensors says beside the moments, as notes of the file (__metadata__): one text for
// each fact, reals in hexadecimal so that they come back exactly. A checksum over all the notes is
// one of them.
#ifndef STORE_CHECKPOINT_NOTES_H
#define STORE_CHECKPOINT_NOTES_H

#include "store/checkpoint.h"

#define CHECKPOINT_FORMAT 2 // the version that this program writes and reads
#define CHECKPOINT_FIELDS 21
#define CHECKPOINT_TEXT 32 // room for the text of a field

// Borrows the settings.
typedef struct checkpoint_record {
    uint64_t format;
    uint64_t serial; // grows from save to save: nanoseconds since 1970
    uint64_t rule, moments;
    uint64_t config_crc; // of the bytes of config.json
    uint64_t model_crc;  // of the data of model.safetensors
    uint64_t best;       // 1: it was the best so far
    checkpoint_progress progress;
    const checkpoint_setting *setting; // [settings]
    size_t settings;
} checkpoint_record;

// {0} is empty. The texts of the settings are borrowed.
typedef struct checkpoint_notes {
    safetensors_note *list; // [count] by name; owned
    size_t count;
    char text[CHECKPOINT_FIELDS][CHECKPOINT_TEXT];
    char sum[CHECKPOINT_TEXT];
    buf names; // of the settings
} checkpoint_notes;

// The caller frees *out, also after a failure. It must not be moved.
axl_status checkpoint_notes_make(checkpoint_notes *out, const checkpoint_record *r, axl_error *err);
void checkpoint_notes_free(checkpoint_notes *n); // leaves {0}

// Reads the notes of a file, which `what` names in messages. *setting is an array that the caller
// frees with mem_free, also after a failure; out->setting is the same, and its texts lie in s.
axl_status checkpoint_notes_read(checkpoint_record *out, checkpoint_setting **setting,
                                 const safetensors *s, const char *what, axl_error *err);

// The checksum of a file's data as the file itself states it. AXL_BAD_FILE where it states none.
axl_status checkpoint_data_crc(uint64_t *out, const safetensors *s, const char *what,
                               axl_error *err);

#endif
