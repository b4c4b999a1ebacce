/* SPDX-License-Identifier: MIT */
/*
 * An allocator for a context that counts, refuses on demand, and makes misuse visible: fresh memory is filled with
 * NaNs, memory given back is overwritten, and giving back what was never handed out (or was already given back) ends
 * the program. One thread at a time.
 */
#ifndef MVO_TESTS_COUNTING_ALLOCATOR_H
#define MVO_TESTS_COUNTING_ALLOCATOR_H

#include <stddef.h>
#include <stdint.h>

#define COUNTING_NEVER SIZE_MAX

typedef struct counting_allocator {
    size_t asked;     /* requests so far, refused ones included */
    size_t live;      /* blocks handed out and not given back */
    size_t refused;   /* requests refused so far */
    size_t refuse_at; /* the request to refuse, counted from 0; COUNTING_NEVER for none */
    int refuse_on;    /* 1: all later ones are refused as well */
} counting_allocator;

/* For mvo_context_new; `user` is the counting_allocator. */
void *counting_allocate(void *user, size_t size);
void counting_release(void *user, void *pointer);

#endif
