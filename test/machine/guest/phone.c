/*
 * A phone that says what it is told to, right or wrong: one ATT connection over Bluetooth LE.
 * usage: phone OWN-ADDRESS PEER-ADDRESS
 * stdin, a line each:   HEX           sends these bytes as one packet
 *                       time N HEX    sends them N times, each after the answer to the one before
 * stdout, a line each:  connected | HEX of a packet | took MICROSECONDS... | gone
 */
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PROTOCOL_L2CAP = 0, ATT_CHANNEL = 4, LE_PUBLIC = 1, PACKET_MAX = 1024 };
enum { NOTIFICATION = 0x1b };

struct address { /* struct sockaddr_l2 of the kernel's bluetooth/l2cap.h */
  sa_family_t family;
  uint16_t psm;
  uint8_t device[6];
  uint16_t channel;
  uint8_t type;
};

static struct address address_of(const char *text) {
  struct address at = {.family = AF_BLUETOOTH, .channel = ATT_CHANNEL, .type = LE_PUBLIC};
  for (int i = 0; i < 6; i += 1) at.device[5 - i] = strtoul(text + 3 * i, NULL, 16);
  return at;
}

static size_t bytes_of(const char *hex, uint8_t *bytes) {
  size_t length = 0;
  for (unsigned value; length < PACKET_MAX && sscanf(hex, "%2x", &value) == 1; hex += 2)
    bytes[length++] = value;
  return length;
}

static void gone(void) {
  puts("gone");
  exit(0);
}

static ssize_t receive(int phone, uint8_t *bytes) {
  ssize_t length = recv(phone, bytes, PACKET_MAX, 0);
  if (length <= 0) gone();
  return length;
}

static void print(const uint8_t *bytes, ssize_t length) {
  for (ssize_t i = 0; i < length; i += 1) printf("%02x", bytes[i]);
  putchar('\n');
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static void measure(int phone, int times, const char *hex) {
  uint8_t request[PACKET_MAX], answer[PACKET_MAX];
  size_t length = bytes_of(hex, request);
  printf("took");
  for (int i = 0; i < times; i += 1) {
    double began = now();
    if (send(phone, request, length, 0) < 0) gone();
    do receive(phone, answer);
    while (answer[0] == NOTIFICATION);
    printf(" %.0f", now() - began);
  }
  putchar('\n');
}

int main(int count, char **words) {
  if (count != 3) return 64;
  setvbuf(stdout, NULL, _IOLBF, 0);
  setvbuf(stdin, NULL, _IONBF, 0);
  int phone = socket(AF_BLUETOOTH, SOCK_SEQPACKET, PROTOCOL_L2CAP);
  struct address own = address_of(words[1]), peer = address_of(words[2]);
  if (phone < 0 || bind(phone, (struct sockaddr *)&own, sizeof own) < 0 ||
      connect(phone, (struct sockaddr *)&peer, sizeof peer) < 0) {
    perror("phone");
    return 1;
  }
  puts("connected");
  struct pollfd looked[] = {{.fd = 0, .events = POLLIN}, {.fd = phone, .events = POLLIN}};
  char line[3 * PACKET_MAX];
  uint8_t bytes[PACKET_MAX];
  while (poll(looked, 2, -1) > 0) {
    if (looked[1].revents) print(bytes, receive(phone, bytes));
    if (!looked[0].revents) continue;
    if (fgets(line, sizeof line, stdin) == NULL) return 0;
    int times, at;
    if (sscanf(line, "time %d %n", &times, &at) == 1) measure(phone, times, line + at);
    else if (send(phone, bytes, bytes_of(line, bytes), 0) < 0) gone();
  }
  return 1;
}
