// Words and numbers as people read them, for the report and the model card, and the escaping that
// keeps names from files and bytes from a model from becoming markup.
#ifndef TRAIN_REPORT_TEXT_H
#define TRAIN_REPORT_TEXT_H

#include "base/buf.h"
#include "train/metrics.h"

// Bytes of a name or a setting that are shown.
#define REPORT_NAME_MAX 120

// Appends bytes as text of HTML or XML, also for attributes in double quotes: markup characters as
// entities, what is not UTF-8 as U+FFFD, control characters other than newline and tab as their
// pictures (U+2400 on). Cut after max bytes, at a character, with an ellipsis.
void report_html(buf *out, train_text text, size_t max);

// The same for a string of at most REPORT_NAME_MAX bytes; NULL is "not known".
void report_html_name(buf *out, const char *name);

// Appends a name as code in a table of Markdown, whatever it holds.
void report_markdown_name(buf *out, const char *name);

void report_count(buf *out, uint64_t value);            // "1,234,567"
void report_amount(buf *out, double bytes);             // "4.1 MB": powers of 1000
void report_duration(buf *out, double seconds);         // "9 min 58 s"
void report_bits(buf *out, double bpb);                 // "1.842", or "not measured"
void report_perplexity(buf *out, double bpb);           // 2^bpb: "3.585", or "not measured"
void report_percent(buf *out, double share);            // "12.5 %", or "not measured"
void report_energy(buf *out, double joules);            // "21.4 kJ", or "not measured"
void report_date(buf *out, double time);                // "2026-11-21 18:09 UTC"
void report_places(buf *out, double value, int places); // or "not measured"
void report_read(buf *out, const train_file *f);        // "16,384 of 70,000", "70,000" if all
void report_fact(buf *out, const train_fact *fact);     // its value, not escaped

// What the final figure means, in sentences without markup: on what, beside which compressor, and
// whatever makes it less than it seems. Names no files.
void report_verdict(buf *out, const train_summary *s);

#endif
