/* SPDX-License-Identifier: MIT */
#include "labels.h"

#include <math.h>

/* Positions tried, best first: beside, above, below, then the corners. -1: left of / above, 1: right of / below. */
static const int positions[][2] = {
    { 1, 0 }, { -1, 0 }, { 0, -1 }, { 0, 1 }, { 1, -1 }, { 1, 1 }, { -1, -1 }, { -1, 1 }
};

enum { POSITIONS = sizeof positions / sizeof *positions };

static double overlap(label_box a, label_box b)
{
    const double width = fmin(a.right, b.right) - fmax(a.left, b.left);
    const double height = fmin(a.bottom, b.bottom) - fmax(a.top, b.top);
    return width > 0 && height > 0 ? width * height : 0.0;
}

static label_box box_at(const label *l, int which)
{
    const int across = positions[which][0], down = positions[which][1];
    /* Towards a corner the text may come closer, since only its own corner points at the point. */
    const double reach = across && down ? 0.6 * l->reach : l->reach;
    const double x = l->x + across * (reach + l->width / 2), y = l->y + down * (reach + l->height / 2);
    return (label_box){ x - l->width / 2, y - l->height / 2, x + l->width / 2, y + l->height / 2 };
}

static int is_inside(label_box box, label_box page)
{
    return box.left >= page.left && box.right <= page.right && box.top >= page.top && box.bottom <= page.bottom;
}

/* What a position costs: area of obstacles covered; negative if it is out of the question. */
static double cost(const label *labels, size_t mine, label_box box, const label_box *obstacles, size_t obstacle_count,
                   label_box page)
{
    const label_box wider = { box.left - 4, box.top, box.right + 4, box.bottom }; /* texts do not touch */
    double area = 0.0;
    if (!is_inside(box, page))
        return -1.0;
    for (size_t i = 0; i < mine; i++)
        if (labels[i].shown && overlap(labels[i].box, wider) > 0)
            return -1.0;
    for (size_t i = 0; i < obstacle_count; i++)
        area += overlap(obstacles[i], box);
    return area;
}

void place_labels(label *labels, size_t count, const label_box *obstacles, size_t obstacle_count, label_box page)
{
    for (size_t i = 0; i < count; i++) {
        /* A label that would cover more than a seventh of its own size does more harm than good. */
        double least = labels[i].width * labels[i].height / 7;
        labels[i].shown = 0;
        for (int which = 0; which < POSITIONS; which++) {
            const label_box box = box_at(&labels[i], which);
            const double area = cost(labels, i, box, obstacles, obstacle_count, page);
            if (area >= 0 && area + 1e-9 * which < least) {
                least = area;
                labels[i].box = box;
                labels[i].side = positions[which][0];
                labels[i].shown = 1;
            }
        }
    }
}
