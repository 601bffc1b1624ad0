// The page of a run: http://127.0.0.1:PORT/ while it goes on, for this machine only. It has a
// thread of its own that computes nothing; whatever becomes of it, the run goes on.
#ifndef API_TRAIN_DASHBOARD_H
#define API_TRAIN_DASHBOARD_H

#include <axl/train.h>

typedef struct train_dashboard train_dashboard;

// run: what the page is called by. port 0: any that is free. AXL_IO where it is taken.
axl_status train_dashboard_open(train_dashboard **out, const char *run, unsigned port,
                                axl_error *err);

unsigned train_dashboard_port(const train_dashboard *d);

// Events that tell the page, and then whoever was to be told, which is borrowed.
axl_train_events train_dashboard_events(train_dashboard *d, const axl_train_events *told);

// The run has ended so; what: the text of a failure. A page that is looking is given up to two
// seconds to see it. result NULL: there is none. d NULL is fine.
typedef struct train_dashboard_end {
    axl_status status;
    const char *what;
    const axl_train_result *result;
} train_dashboard_end;
void train_dashboard_close(train_dashboard *d, const train_dashboard_end *end);

#endif
