// The style sheet of report.html, apart because it is no C.
#ifndef TRAIN_REPORT_STYLE_H
#define TRAIN_REPORT_STYLE_H

extern const char report_style[];

#endif
