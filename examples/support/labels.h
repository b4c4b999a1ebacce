/* SPDX-License-Identifier: MIT */
/* Where to put the labels of points so that they stay readable: a greedy search over positions around each point. */
#ifndef EXAMPLES_SUPPORT_LABELS_H
#define EXAMPLES_SUPPORT_LABELS_H

#include <stddef.h>

/* A box in pixels, y downward. */
typedef struct label_box {
    double left, top, right, bottom;
} label_box;

/* One label: its point, the size of its text, and the answer. */
typedef struct label {
    double x, y;          /* the point */
    double width, height; /* of the text */
    double reach;         /* distance from the point's centre to the text */
    label_box box;        /* where the text goes */
    int side;             /* -1: left of the point, 1: right of it, 0: centred on it */
    int shown;            /* 0: there was no room, the label is better left out */
} label;

/*
 * Places labels in the order given (the important ones first) inside `page`, away from the `obstacles` and from each
 * other. An obstacle may be touched a little where nothing better is found; other labels may not.
 */
void place_labels(label *labels, size_t count, const label_box *obstacles, size_t obstacle_count, label_box page);

#endif
