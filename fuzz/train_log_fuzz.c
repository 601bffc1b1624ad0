// Any bytes as lines of the logs of a run. What is taken for a row or a sample is printed as a line
// that reads back as the same one.
#include "fuzz_target.h"
#include "train/log_csv.h"
#include "train/log_jsonl.h"

#include <string.h>

typedef bool row_printer(buf *out, const train_row *row);
typedef bool row_reader(const char *line, size_t size, train_row *out);

// The text of a row, so that NAN equals NAN.
static void check_row(const train_row *row, row_printer *print, row_reader *read) {
    buf text = {0}, again = {0};
    train_row back = train_row_none();
    FUZZ_CHECK(print(&text, row));
    FUZZ_CHECK(read(text.data, text.size - 1, &back));
    FUZZ_CHECK(print(&again, &back));
    FUZZ_CHECK(text.size == again.size && memcmp(text.data, again.data, text.size) == 0);
    buf_free(&text);
    buf_free(&again);
}

static void check_sample(const train_sample *sample) {
    buf text = {0}, copy = {0};
    train_sample back = {0};
    FUZZ_CHECK(log_jsonl_sample(&text, sample));
    FUZZ_CHECK(buf_append(&copy, text.data, text.size));
    FUZZ_CHECK(log_jsonl_read_sample(copy.data, copy.size - 1, &back));
    FUZZ_CHECK(back.step == sample->step && back.bytes == sample->bytes);
    FUZZ_CHECK(back.completion.size == sample->completion.size);
    FUZZ_CHECK(back.completion.size == 0 ||
               memcmp(back.completion.data, sample->completion.data, back.completion.size) == 0);
    buf_free(&text);
    buf_free(&copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    train_row row = train_row_none();
    train_sample sample = {0};
    buf line = {0};
    FUZZ_CHECK(buf_append(&line, data, size));
    if (log_csv_read_row(line.data, size, &row)) check_row(&row, log_csv_row, log_csv_read_row);
    row = train_row_none();
    if (log_jsonl_read_row(line.data, size, &row)) {
        check_row(&row, log_jsonl_row, log_jsonl_read_row);
    }
    (void)log_csv_read_header(line.data, size);
    if (log_jsonl_read_sample(line.data, size, &sample)) check_sample(&sample);
    buf_free(&line);
    return 0;
}
