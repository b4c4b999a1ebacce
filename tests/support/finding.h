/* SPDX-License-Identifier: MIT */
/* What a solver found, judged from the outside, so that what two solvers found can be compared. */
#ifndef SUPPORT_FINDING_H
#define SUPPORT_FINDING_H

#include "support/instance.h"

/* Relative tolerance of every judgement here */
#define FINDING_TOLERANCE 1e-9

/* What is asked: the problem with its c, or the least variance with mu'w >= target. */
typedef struct question {
    int at_return;
    double target;
} question;

typedef struct finding {
    mvo_outcome outcome;
    mvo_report report;
    long double objective, scale; /* see judge() */
} finding;

/* What the verifier is to see. */
verify_problem view_of(const instance *p, const question *q);

/* Sets the problem's c and asks; the test fails if a call does. */
void ask(finding *f, const instance *p, mvo_solver *solver, const question *q);

/* 1 if the answer's proof holds, with the objective in long double and the size of its terms in `f`, zeros where there is no optimum; 0
   with the reason in `why`. */
int judge(finding *f, const instance *p, const mvo_solver *solver, const question *q, char *why, size_t size);

/* Two answers to one question: the same outcome, and the same objective up to rounding; 0 with the difference in `why`. */
int agree(const finding *a, const finding *b, char *why, size_t size);

/* Whether what a stopped solve of the plain problem claims is true: its weights obey the limits if it says so, and the best is no more
   than the gap better. */
int stop_is_honest(const instance *p, const mvo_solver *solver, const finding *stopped, const finding *best, char *why, size_t size);

/* Whether both stand at the same weights, to the bit. */
int same_bits(const instance *p, const mvo_solver *a, const mvo_solver *b);

#endif
