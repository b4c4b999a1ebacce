/* SPDX-License-Identifier: MIT */
/*
 * Exact sums and products of two doubles as unevaluated pairs, for scalar code that needs twice the precision. The same
 * bits as the kernels' compensated sums, as long as nothing over- or underflows. Sources: Knuth; Dekker (1971).
 */
#ifndef MVO_LINALG_EXACT_H
#define MVO_LINALG_EXACT_H

/* *high + *low = a b: both factors are cut into halves of 26 bits (Veltkamp), whose products are exact. */
static inline void mvoi_two_product(double *high, double *low, double a, double b)
{
    const double a_scaled = 134217729.0 * a, b_scaled = 134217729.0 * b;
    const double a_upper = a_scaled - (a_scaled - a), b_upper = b_scaled - (b_scaled - b);
    const double a_lower = a - a_upper, b_lower = b - b_upper, product = a * b;
    *low = ((a_upper * b_upper - product) + a_upper * b_lower + a_lower * b_upper) + a_lower * b_lower;
    *high = product;
}

/* *high + *low = a + b */
static inline void mvoi_two_sum(double *high, double *low, double a, double b)
{
    const double sum = a + b;
    const double b_part = sum - a;
    const double a_part = sum - b_part;
    *high = sum;
    *low = (a - a_part) + (b - b_part);
}

/* high + low + c, rounded once where low is small beside high */
static inline double mvoi_add_once(double high, double low, double c)
{
    double sum, error;
    mvoi_two_sum(&sum, &error, high, c);
    return sum + (error + low);
}

/* Adds a b to the pair (*high, *low). */
static inline void mvoi_accumulate(double *high, double *low, double a, double b)
{
    double product, product_low, sum, sum_low;
    mvoi_two_product(&product, &product_low, a, b);
    mvoi_two_sum(&sum, &sum_low, *high, product);
    *high = sum;
    *low += sum_low + product_low;
}

#endif
