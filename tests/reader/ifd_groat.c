/*
 * A card reader without hardware: an IFD handler for pcscd that talks to a Unix socket instead of USB.
 *
 * DEVICENAME of reader.conf is the path of the socket at which the test listens. Two connections are
 * made to it for each reader: on one, pcscd asks and the test answers ("ask"); on the other the test
 * writes a byte whenever a card comes or goes ("wake"), as a real reader's interrupt endpoint does.
 *
 * A message in either direction: one byte that says what, one byte for the slot, four bytes for the
 * length of the rest (most significant first), the rest.
 *   'p' is a card there?       -> 'y' or 'n'
 *   'u' power up or reset      -> 'a' with the ATR, or 'm' for a card that does not answer
 *   'd' power down             -> 'y'
 *   't' transmit an APDU       -> 'r' with the response, or 'm'
 *   'e' escape: four bytes of control code, then the command -> 'r' with the response, or 'm'
 * While the test closes each connection at once, the reader is unplugged.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <ifdhandler.h>
#include <reader.h>
#include <wintypes.h>

#define READERS 16
#define LONGEST 4096

struct reader {
	int used;
	DWORD channel; /* the upper half of Lun */
	int ask;
	int wake;
	int slots;
	char path[sizeof((struct sockaddr_un *)0)->sun_path];
	UCHAR atr[8][MAX_ATR_SIZE];
	DWORD atr_length[8];
	pthread_mutex_t lock;
};

static struct reader readers[READERS];
static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;

static struct reader *find(DWORD lun)
{
	for (int i = 0; i < READERS; i++)
		if (readers[i].used && readers[i].channel == lun >> 16)
			return &readers[i];
	return NULL;
}

static int read_all(int fd, UCHAR *to, size_t length)
{
	while (length) {
		ssize_t got = read(fd, to, length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		to += got;
		length -= (size_t)got;
	}
	return 0;
}

static int write_all(int fd, const UCHAR *from, size_t length)
{
	while (length) {
		ssize_t put = send(fd, from, length, MSG_NOSIGNAL);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return -1;
		from += put;
		length -= (size_t)put;
	}
	return 0;
}

static int dial(const char *path, UCHAR role)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = 5};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0 || strlen(path) >= sizeof address.sun_path)
		return -1;
	strcpy(address.sun_path, path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 || write_all(fd, &role, 1) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* What the test answers, or 0 when it is gone; `length` goes in as the room in `answer`. */
static UCHAR ask(struct reader *reader, DWORD lun, UCHAR what, const UCHAR *rest, size_t rest_length, UCHAR *answer,
	DWORD *length)
{
	UCHAR head[6] = {what, (UCHAR)(lun & 0xff), (UCHAR)(rest_length >> 24), (UCHAR)(rest_length >> 16),
		(UCHAR)(rest_length >> 8), (UCHAR)rest_length};
	UCHAR heard[LONGEST];
	UCHAR said = 0;
	pthread_mutex_lock(&reader->lock);
	if (write_all(reader->ask, head, sizeof head) == 0 && write_all(reader->ask, rest, rest_length) == 0 &&
		read_all(reader->ask, head, sizeof head) == 0) {
		uint32_t coming = (uint32_t)head[2] << 24 | (uint32_t)head[3] << 16 | (uint32_t)head[4] << 8 | head[5];
		DWORD room = length ? *length : 0;
		if (coming <= LONGEST && read_all(reader->ask, heard, coming) == 0 && (coming <= room || !answer)) {
			said = head[0];
			if (answer) {
				memcpy(answer, heard, coming);
				*length = coming;
			}
		}
	}
	pthread_mutex_unlock(&reader->lock);
	return said;
}

static void hang_up(struct reader *reader)
{
	if (reader->ask >= 0)
		close(reader->ask);
	if (reader->wake >= 0)
		close(reader->wake);
	reader->ask = reader->wake = -1;
}

/* Connect to the test; true if a reader is plugged in there. */
static int plug_in(struct reader *reader, DWORD lun)
{
	UCHAR slots = 0;
	DWORD length = 1;
	reader->ask = dial(reader->path, 'A');
	reader->wake = reader->ask < 0 ? -1 : dial(reader->path, 'W');
	if (reader->wake >= 0 && ask(reader, lun, 's', NULL, 0, &slots, &length)) {
		reader->slots = slots;
		return 1;
	}
	hang_up(reader);
	return 0;
}

RESPONSECODE IFDHCreateChannelByName(DWORD lun, LPSTR path)
{
	RESPONSECODE outcome = IFD_NO_SUCH_DEVICE;
	pthread_mutex_lock(&table);
	struct reader *reader = find(lun);
	if (reader) { /* a further slot of a reader that is open */
		pthread_mutex_unlock(&table);
		return IFD_SUCCESS;
	}
	for (int i = 0; i < READERS && !reader; i++)
		if (!readers[i].used)
			reader = &readers[i];
	if (reader && strlen(path) < sizeof reader->path) {
		memset(reader, 0, sizeof *reader);
		pthread_mutex_init(&reader->lock, NULL);
		reader->channel = lun >> 16;
		strcpy(reader->path, path);
		if (plug_in(reader, lun)) {
			reader->used = 1;
			outcome = IFD_SUCCESS;
		}
	}
	pthread_mutex_unlock(&table);
	return outcome;
}

RESPONSECODE IFDHCreateChannel(DWORD lun, DWORD channel)
{
	(void)lun;
	(void)channel;
	return IFD_NOT_SUPPORTED;
}

RESPONSECODE IFDHCloseChannel(DWORD lun)
{
	pthread_mutex_lock(&table);
	struct reader *reader = find(lun);
	if (reader && --reader->slots <= 0) {
		hang_up(reader);
		reader->used = 0;
	}
	pthread_mutex_unlock(&table);
	return IFD_SUCCESS;
}

/* Returns as soon as a card may have come or gone, and after the timeout. */
static RESPONSECODE wait_for_a_card(DWORD lun, int timeout_ms)
{
	struct reader *reader = find(lun);
	UCHAR woken[64];
	if (!reader)
		return IFD_NO_SUCH_DEVICE;
	struct pollfd watched = {.fd = reader->wake, .events = POLLIN};
	int ready = poll(&watched, 1, reader->wake < 0 ? 50 : timeout_ms > 200 ? 200 : timeout_ms);
	if (ready > 0)
		recv(reader->wake, woken, sizeof woken, MSG_DONTWAIT);
	return IFD_SUCCESS;
}

RESPONSECODE IFDHGetCapabilities(DWORD lun, DWORD tag, PDWORD length, PUCHAR value)
{
	struct reader *reader = find(lun);
	if (!reader)
		return IFD_NO_SUCH_DEVICE;
	switch (tag) {
	case TAG_IFD_ATR: {
		DWORD slot = lun & 7;
		if (*length < reader->atr_length[slot])
			return IFD_ERROR_INSUFFICIENT_BUFFER;
		*length = reader->atr_length[slot];
		memcpy(value, reader->atr[slot], *length);
		return IFD_SUCCESS;
	}
	case TAG_IFD_SLOTS_NUMBER:
		*length = 1;
		*value = (UCHAR)reader->slots;
		return IFD_SUCCESS;
	case TAG_IFD_SIMULTANEOUS_ACCESS:
		*length = 1;
		*value = READERS;
		return IFD_SUCCESS;
	case TAG_IFD_THREAD_SAFE:
		*length = 1;
		*value = 1;
		return IFD_SUCCESS;
	case TAG_IFD_SLOT_THREAD_SAFE:
		*length = 1;
		*value = 0;
		return IFD_SUCCESS;
	case TAG_IFD_POLLING_THREAD_WITH_TIMEOUT: {
		RESPONSECODE (*waiting)(DWORD, int) = wait_for_a_card;
		if (lun & 0xff || *length < sizeof waiting)
			return IFD_ERROR_TAG; /* cards come and go at the first slot */
		*length = sizeof waiting;
		memcpy(value, &waiting, sizeof waiting);
		return IFD_SUCCESS;
	}
	default:
		return IFD_ERROR_TAG;
	}
}

RESPONSECODE IFDHSetCapabilities(DWORD lun, DWORD tag, DWORD length, PUCHAR value)
{
	(void)lun;
	(void)tag;
	(void)length;
	(void)value;
	return IFD_ERROR_TAG;
}

RESPONSECODE IFDHSetProtocolParameters(DWORD lun, DWORD protocol, UCHAR flags, UCHAR p1, UCHAR p2, UCHAR p3)
{
	(void)lun;
	(void)protocol;
	(void)flags;
	(void)p1;
	(void)p2;
	(void)p3;
	return IFD_SUCCESS;
}

RESPONSECODE IFDHPowerICC(DWORD lun, DWORD action, PUCHAR atr, PDWORD length)
{
	struct reader *reader = find(lun);
	DWORD slot = lun & 7;
	*length = 0;
	if (!reader)
		return IFD_NO_SUCH_DEVICE;
	reader->atr_length[slot] = 0;
	if (action == IFD_POWER_DOWN)
		return ask(reader, lun, 'd', NULL, 0, NULL, NULL) ? IFD_SUCCESS : IFD_COMMUNICATION_ERROR;
	*length = MAX_ATR_SIZE;
	if (ask(reader, lun, 'u', NULL, 0, atr, length) != 'a') {
		*length = 0;
		return IFD_ERROR_POWER_ACTION;
	}
	memcpy(reader->atr[slot], atr, *length);
	reader->atr_length[slot] = *length;
	return IFD_SUCCESS;
}

RESPONSECODE IFDHTransmitToICC(DWORD lun, SCARD_IO_HEADER send_pci, PUCHAR command, DWORD command_length,
	PUCHAR response, PDWORD response_length, PSCARD_IO_HEADER receive_pci)
{
	struct reader *reader = find(lun);
	(void)receive_pci;
	(void)send_pci;
	if (reader && ask(reader, lun, 't', command, command_length, response, response_length) == 'r')
		return IFD_SUCCESS;
	*response_length = 0;
	return IFD_COMMUNICATION_ERROR;
}

RESPONSECODE IFDHControl(DWORD lun, DWORD code, PUCHAR command, DWORD command_length, PUCHAR response, DWORD room,
	LPDWORD response_length)
{
	struct reader *reader = find(lun);
	UCHAR sent[LONGEST];
	*response_length = 0;
	if (!reader || command_length + 4 > sizeof sent)
		return IFD_COMMUNICATION_ERROR;
	sent[0] = (UCHAR)(code >> 24);
	sent[1] = (UCHAR)(code >> 16);
	sent[2] = (UCHAR)(code >> 8);
	sent[3] = (UCHAR)code;
	memcpy(sent + 4, command, command_length);
	*response_length = room;
	if (ask(reader, lun, 'e', sent, command_length + 4, response, response_length) == 'r')
		return IFD_SUCCESS;
	*response_length = 0;
	return IFD_ERROR_NOT_SUPPORTED;
}

RESPONSECODE IFDHICCPresence(DWORD lun)
{
	struct reader *reader = find(lun);
	if (!reader)
		return IFD_NO_SUCH_DEVICE;
	pthread_mutex_lock(&table);
	int there = reader->ask >= 0 || plug_in(reader, lun);
	pthread_mutex_unlock(&table);
	switch (there ? ask(reader, lun, 'p', NULL, 0, NULL, NULL) : 0) {
	case 'y':
		return IFD_ICC_PRESENT;
	case 'n':
		return IFD_ICC_NOT_PRESENT;
	}
	pthread_mutex_lock(&table);
	hang_up(reader);
	pthread_mutex_unlock(&table);
	return IFD_NO_SUCH_DEVICE;
}
