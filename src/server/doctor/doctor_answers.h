// The documents of an answer: one, or those of a stream.
#ifndef SERVER_DOCTOR_ANSWERS_H
#define SERVER_DOCTOR_ANSWERS_H

#include "base/buf.h"
#include "server/doctor/doctor_rows.h"

// An array of them, owned by the caller; NULL: found says why the client cannot read it.
json_t *answer_documents(doctor_form form, const buf *body, char *found, size_t size);

// The media type that a client of this form expects.
const char *answer_media(doctor_form form);

// What the server itself says is wrong, where it says it in one of the forms that there are.
void answer_error(const buf *body, char *found, size_t size);

#endif
