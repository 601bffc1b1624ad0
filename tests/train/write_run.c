// Writes the logs of an invented run that was killed at step 120 and resumed at step 100, and the
// report, results and card of another one:
//   write_run FOLDER
// For readers that are not ours: tensorboard_reads, and a person's eyes.
#include "log_case.h"
#include "summary_case.h"
#include "train/card.h"
#include "train/report_html.h"
#include "train/results.h"
#include "train/train_log.h"

#include <stdio.h>

static axl_status rows(train_log *log, uint64_t from, uint64_t to, axl_error *err) {
    axl_status status = AXL_OK;
    for (uint64_t step = from; status == AXL_OK && step <= to; step++) {
        const train_row row = log_case_row(step);
        status = train_log_row(log, &row, err);
    }
    return status;
}

static axl_status pages(const char *folder, axl_error *err) {
    const train_summary s = summary_case();
    char path[4096];
    snprintf(path, sizeof path, "%s/report.html", folder);
    axl_status status = report_html_write(&s, path, err);
    snprintf(path, sizeof path, "%s/results.json", folder);
    if (status == AXL_OK) status = results_write(&s, path, err);
    snprintf(path, sizeof path, "%s/README.md", folder);
    if (status == AXL_OK) status = card_write(&s, path, err);
    return status;
}

int main(int argc, char **argv) {
    axl_error err = {0};
    train_log *log = NULL;
    if (argc != 2) return 2;
    axl_status status = train_log_open(&log, argv[1], &err);
    if (status == AXL_OK) status = rows(log, 1, 120, &err);
    if (status == AXL_OK) status = train_log_close(log, &err);
    if (status == AXL_OK) status = train_log_resume(&log, argv[1], 100, &err);
    if (status == AXL_OK) status = rows(log, 101, 150, &err);
    if (status == AXL_OK) status = train_log_cut(log, 140, &err);
    if (status == AXL_OK) status = rows(log, 141, 160, &err);
    if (status == AXL_OK) status = train_log_close(log, &err);
    if (status == AXL_OK) status = pages(argv[1], &err);
    if (status == AXL_OK) return 0;
    fprintf(stderr, "%s\n", err.text);
    return axl_status_exit_code(status);
}
