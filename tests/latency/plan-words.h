/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The words of which a comparison is made, one table for each kind: which there
 * are, and what each stands for. Knows nothing of what was asked for.
 */
#ifndef PVB_PLAN_WORDS_H
#define PVB_PLAN_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "workloads.h"

/* The kinds. Those before N_AXES, in this order, make a cell. */
enum plan_list { HOSTS, GUESTS, OVERCOMMIT, LAYOUTS, N_AXES,
		 WORKLOADS = N_AXES, FLAGS };

/* A list that was given: its words, separated by blanks or commas. */
struct words {
	char *text;		/* what they point into */
	char **v;
	size_t n;
};

/* What a word of HOSTS is made of. */
struct host {
	const char *mode;
	const char *kernel;		/* pristine or boost */
	const char *guest_kernel;
	const char *guest_cpu;		/* an option of vmctl, with its comma */
	unsigned int flags;		/* a bit for each line of their table */
};

/* A label of over-commitment. */
struct shape {
	const char *label;
	unsigned int pcpus;
	unsigned int vcpus;		/* of the measured VM */
	unsigned int vms;		/* with that one */
	unsigned int hog_vcpus;		/* of each other VM; 0: as many */
	unsigned int threads;		/* of a core; 0: one */
	unsigned int sockets;		/* 0: one */
	char vm[12];			/* options of each VM, each with a comma before it */
};

/**
 * split_words - takes a list apart
 * @text: may be empty
 *
 * Return: its words, to be freed with free_words().
 */
struct words split_words(const char *text);
void free_words(struct words *words);

/**
 * print_words - prints all words of a table, in its order
 * @out: where to
 * @list: which table
 * @before: what precedes each word
 */
void print_words(FILE *out, enum plan_list list, const char *before);

/* Prints the workloads of one kind, as a list. */
void print_workloads(FILE *out, enum workload_kind kind);

/**
 * check_word - refuses a word that is not in its table
 * @list: which table; HOSTS takes a mode with any flags that mean something there
 * @word: the word
 * @err: where to say, in one line, what is wrong
 *
 * Return: true where the word may be used.
 */
bool check_word(enum plan_list list, const char *word, FILE *err);

/* These take words that passed check_word(). */
struct host host_of(const char *word);
bool same_host(const char *a, const char *b);
const struct shape *shape_of(const char *label);
const char *guest_options(const char *guest);
enum workload_kind workload_kind(const char *name);

/* Kernel parameters of L1, each with a blank behind it. */
void print_parameters(FILE *out, const struct host *host);
/* Lines for the script of a run. */
void print_lines(FILE *out, const struct host *host);
/* Options of the measured VM, each with a comma before it. */
void print_vm_options(FILE *out, const struct host *host);

/**
 * next_feature - goes through the scheduler features that a host does without
 * @host: the host
 * @at: where it is; 0 at first
 *
 * Return: the next one's name, or NULL behind the last.
 */
const char *next_feature(const struct host *host, size_t *at);

#endif
