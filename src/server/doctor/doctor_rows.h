// The requests of the clients, one row each.
#ifndef SERVER_DOCTOR_ROWS_H
#define SERVER_DOCTOR_ROWS_H

#include "server/doctor/doctor_needs.h"

typedef enum doctor_form {
    FORM_BODY,   // one JSON document
    FORM_EVENTS, // "data: ..." lines with [DONE] at the end
    FORM_LINES   // one JSON document a line
} doctor_form;

typedef struct doctor_row doctor_row;

// What needs no line of text can say. all: the documents of the answer, at least one.
typedef bool doctor_look(const json_t *all, char *found, size_t size);

struct doctor_row {
    const char *client, *what;
    const char *path;
    const char *body; // MODEL in it stands for the model's name; NULL: a GET
    doctor_form form;
    const char *each;  // needs of every document; of those with an empty "choices": none
    const char *last;  // needs of the last one
    doctor_look *look; // may be NULL
    const char *advice;
    bool refused;  // an error of the client's is asked for, and must be told as one
    bool needless; // the client goes on without it
};

extern const doctor_row doctor_rows[];
extern const size_t doctor_row_count;

#endif
