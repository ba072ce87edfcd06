/* starve COMMAND...: runs a command on one core, where its threads, and those of all that it starts, starve by chance:
   again and again each is told whether it runs only while none of the others wants to (SCHED_IDLE). Such a thread loses
   the core whenever it wakes another, in the midst of what it does. Ends with the command's exit code. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How many rounds are made with one share and one pause. */
enum { ROUNDS = 100 };

/* Of the threads, those that starve. */
static double share;

static int set(int thread, int policy) {
  struct sched_param none = {0};
  return sched_setscheduler(thread, policy, &none);
}

static void visit(int process) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task", process);
  DIR *threads = opendir(path);
  for (struct dirent *entry; threads && (entry = readdir(threads));) {
    int thread = atoi(entry->d_name);
    if (!thread) continue;
    /* It may have ended meanwhile. */
    set(thread, drand48() < share ? SCHED_IDLE : SCHED_OTHER);
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", process, thread);
    FILE *children = fopen(path, "r");
    for (int child; children && fscanf(children, "%d", &child) == 1;) visit(child);
    if (children) fclose(children);
  }
  if (threads) closedir(threads);
}

static void run(char **command) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  sched_setaffinity(0, sizeof one, &one);
  execvp(command[0], command);
  fprintf(stderr, "error: starve: %s: %s\n", command[0], strerror(errno));
  _exit(127);
}

int main(int count, char **arguments) {
  if (count < 2) {
    fprintf(stderr, "error: starve: give a command\n");
    return 2;
  }
  if (set(0, SCHED_IDLE) || set(0, SCHED_OTHER)) {
    fprintf(stderr, "error: starve: this user cannot let threads starve and end it again: run it as root\n");
    return 2;
  }
  srand48(time(0));
  int command = fork(), status = 0;
  if (!command) run(arguments + 1);
  struct timespec pause = {0};
  for (long round = 0; waitpid(command, &status, WNOHANG) == 0; round++) {
    if (round % ROUNDS == 0) {
      share = 0.3 + 0.4 * drand48();
      pause.tv_nsec = (1 + lrand48() % 40) * 1000000;
    }
    visit(command);
    nanosleep(&pause, 0);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
