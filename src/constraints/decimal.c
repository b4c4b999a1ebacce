/* SPDX-License-Identifier: MIT */
/*
 * Decimal to double, correctly rounded (ties to even) whatever the locale and the rounding mode, and without errno: the
 * decimal is a quotient of two whole numbers N / M, whose leading 64 bits and remainder are found by long division.
 * Method: exact arithmetic as in Clinger (1990), "How to read floating point numbers accurately".
 */
#include "constraints/text.h"

#include <math.h>
#include <string.h>

enum {
    KEPT_DIGITS = 800, /* no double, and no midpoint of two, has more than 768 significant digits */
    LIMBS = 160,       /* 10^1127 has 3744 bits, and 64 more are shifted in */
    TOO_LARGE = 310,   /* 10^309 and above are infinite ... */
    TOO_SMALL = -325   /* ... and below 10^-324 everything is zero */
};

/* A whole number, the least limb first, without leading zeros. */
typedef struct whole {
    uint32_t limb[LIMBS];
    size_t count;
} whole;

static void multiply_add(whole *x, uint32_t factor, uint32_t addend)
{
    uint64_t carry = addend;
    for (size_t i = 0; i < x->count; i++) {
        carry += (uint64_t)x->limb[i] * factor;
        x->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry)
        x->limb[x->count++] = (uint32_t)carry;
}

static void multiply_by_power_of_ten(whole *x, int64_t power)
{
    for (; power >= 9; power -= 9)
        multiply_add(x, 1000000000u, 0);
    for (; power > 0; power--)
        multiply_add(x, 10, 0);
}

static int bits_of(const whole *x)
{
    uint32_t top = x->limb[x->count - 1];
    int bits = 32 * ((int)x->count - 1);
    for (; top; top >>= 1)
        bits++;
    return bits;
}

static void shift_left(whole *x, int by)
{
    const size_t limbs = (size_t)by / 32;
    for (int i = 0; i < by % 32; i++)
        multiply_add(x, 2, 0);
    if (!limbs)
        return;
    memmove(x->limb + limbs, x->limb, x->count * sizeof *x->limb);
    memset(x->limb, 0, limbs * sizeof *x->limb);
    x->count += limbs;
}

static int at_least(const whole *x, const whole *y)
{
    if (x->count != y->count)
        return x->count > y->count;
    for (size_t i = x->count; i-- > 0;)
        if (x->limb[i] != y->limb[i])
            return x->limb[i] > y->limb[i];
    return 1;
}

/* x -= y, which is not larger */
static void subtract(whole *x, const whole *y)
{
    uint64_t borrow = 0;
    for (size_t i = 0; i < x->count; i++) {
        const uint64_t take = (i < y->count ? y->limb[i] : 0) + borrow;
        borrow = x->limb[i] < take;
        x->limb[i] = (uint32_t)(x->limb[i] - take);
    }
    while (x->count && x->limb[x->count - 1] == 0)
        x->count--;
}

/* The double next to  quotient 2^power , with `more` if something not zero was cut off below it. */
static double assemble(uint64_t quotient, int power, int more)
{
    int top = 63;
    while (!(quotient >> top))
        top--;
    const int exponent = top + power;
    const int precision = exponent >= -1022 ? 53 : 53 + 1022 + exponent; /* subnormal numbers have fewer bits */
    if (exponent > 1023)
        return INFINITY;
    if (precision < 0)
        return 0.0;
    const int cut = top + 1 - precision; /* from 10 to 64 */
    const uint64_t half = (uint64_t)1 << (cut - 1);
    const uint64_t rest = quotient & (half - 1 + half);
    uint64_t bits = cut == 64 ? 0 : quotient >> cut;
    if (rest > half || (rest == half && (more || (bits & 1))))
        bits++;
    if (precision == 53) /* the leading bit is implied, and a carry moves into the exponent as it should */
        bits += ((uint64_t)(exponent + 1023) << 52) - ((uint64_t)1 << 52);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* digits 10^power with its first digit not zero */
static double divide(const char *digits, size_t count, int64_t power)
{
    whole n = { .count = 0 }, m = { .limb = { 1 }, .count = 1 };
    for (size_t i = 0; i < count; i++)
        multiply_add(&n, 10, (uint32_t)(digits[i] - '0'));
    if (power > 0)
        multiply_by_power_of_ten(&n, power);
    else
        multiply_by_power_of_ten(&m, -power);
    /* The one with fewer bits is shifted until the quotient lies between 1/2 and 2. */
    const int shift = bits_of(&n) - bits_of(&m);
    shift_left(shift > 0 ? &m : &n, shift > 0 ? shift : -shift);
    uint64_t quotient = 0;
    for (int bit = 0; bit < 64; bit++) {
        quotient <<= 1;
        if (at_least(&n, &m)) {
            subtract(&n, &m);
            quotient |= 1;
        }
        multiply_add(&n, 2, 0);
    }
    return assemble(quotient, shift - 63, n.count != 0);
}

double mvoi_read_decimal(const char *text, size_t length, int power_of_ten)
{
    char digits[KEPT_DIGITS + 1];
    size_t count = 0, at = 0;
    int64_t power = power_of_ten;
    int in_fraction = 0, more = 0;
    for (; at < length && text[at] != 'e' && text[at] != 'E'; at++) {
        if (text[at] == '.') {
            in_fraction = 1;
            continue;
        }
        power -= in_fraction;
        if (count == 0 && text[at] == '0')
            continue;
        if (count < KEPT_DIGITS) {
            digits[count++] = text[at];
        } else {
            more |= text[at] != '0';
            power++;
        }
    }
    if (at + 1 < length) {
        const int negative = text[at + 1] == '-';
        int64_t exponent = 0;
        for (at += text[at + 1] == '-' || text[at + 1] == '+' ? 2 : 1; at < length; at++)
            if (exponent < INT64_MAX / 100)
                exponent = 10 * exponent + (text[at] - '0');
        power += negative ? -exponent : exponent;
    }
    const int64_t size = (int64_t)count + power; /* the number lies between 10^(size - 1) and 10^size */
    if (count == 0 || size <= TOO_SMALL)
        return 0.0;
    if (size >= TOO_LARGE)
        return INFINITY;
    if (more) { /* what was cut off only has to break ties */
        digits[count++] = '1';
        power--;
    }
    return divide(digits, count, power);
}

int mvoi_same_bits(double x, double y)
{
    return memcmp(&x, &y, sizeof x) == 0;
}
