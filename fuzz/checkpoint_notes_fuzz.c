// Any bytes as the state of a checkpoint. What is accepted makes sense, and written again it is the
// same notes.
#include "base/alloc.h"
#include "fuzz_target.h"
#include "store/checkpoint_notes.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static void check_facts(const checkpoint_record *r) {
    FUZZ_CHECK(r->format == CHECKPOINT_FORMAT && r->moments <= CHECKPOINT_MOMENTS);
    FUZZ_CHECK(r->rule < OPTIMIZER_RULES);
    FUZZ_CHECK(isfinite(r->progress.seconds) && isfinite(r->progress.rate_scale));
    FUZZ_CHECK(r->progress.best_bpb >= 0);
}

// Notes of the file that a state of ours does not have.
static size_t count_foreign(const safetensors *s, const checkpoint_record *r) {
    const bool format = safetensors_note_text(s, "format") != NULL;
    const bool hash = safetensors_note_text(s, SAFETENSORS_HASH) != NULL;
    return s->notes - CHECKPOINT_FIELDS - 1 - r->settings - format - hash;
}

static void write_again(const checkpoint_record *r, const safetensors *s) {
    checkpoint_notes notes;
    FUZZ_CHECK(checkpoint_notes_make(&notes, r, NULL) == AXL_OK);
    const size_t foreign = count_foreign(s, r);
    size_t same = 0;
    for (size_t i = 0; i < notes.count; i++) {
        const char *text = safetensors_note_text(s, notes.list[i].name);
        FUZZ_CHECK(text != NULL);
        same += strcmp(text, notes.list[i].text) == 0;
    }
    // Foreign notes are part of the checksum.
    FUZZ_CHECK(same == notes.count || (foreign > 0 && same + 1 == notes.count));
    checkpoint_notes_free(&notes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    safetensors s = {0};
    checkpoint_record record;
    checkpoint_setting *setting = NULL;
    if (safetensors_read(&s, "input", data, size, NULL) == AXL_OK &&
        checkpoint_notes_read(&record, &setting, &s, "input", NULL) == AXL_OK) {
        check_facts(&record);
        write_again(&record, &s);
    }
    mem_free(setting);
    safetensors_free(&s);
    return 0;
}
