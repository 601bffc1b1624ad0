// Any bytes as the results.json that an evaluation is put into: it is refused, or what comes out
// is read again, holds the member, and does not change when the same is put in once more.
#include "api/eval_record.h"
#include "fuzz_target.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *old = malloc(size + 1);
    FUZZ_CHECK(old != NULL);
    if (size > 0) memcpy(old, data, size);
    old[size] = '\0';
    buf json = {0}, card = {0}, once = {0}, twice = {0}, text = {0}, again = {0};
    buf_text(&json, "{\n  \"a\": 1\n}");
    buf_text(&card, "## Fix\n");
    const eval_record r = {"tasks", "fix", &card, &json};
    if (eval_record_results(&once, "results.json", old, &r, NULL) == AXL_OK) {
        FUZZ_CHECK(strstr(once.data, "\"a\": 1") != NULL);
        FUZZ_CHECK(eval_record_results(&twice, "results.json", once.data, &r, NULL) == AXL_OK);
        FUZZ_CHECK(once.size == twice.size && memcmp(once.data, twice.data, once.size) == 0);
    }
    FUZZ_CHECK(eval_record_card(&text, old, &r) && eval_record_card(&again, text.data, &r));
    FUZZ_CHECK(text.size == again.size && memcmp(text.data, again.data, text.size) == 0);
    buf_free(&json);
    buf_free(&card);
    buf_free(&once);
    buf_free(&twice);
    buf_free(&text);
    buf_free(&again);
    free(old);
    return 0;
}
