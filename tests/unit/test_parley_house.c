#include "server/parley/house.h"

#include "tests/support/check.h"

static sio_str str(const char *text)
{
    return (sio_str){text, strlen(text)};
}

static struct room *open_room(struct house *house, const char *title, int64_t now_ms)
{
    return house_make_place(house) ? house_open_room(house, str(title), now_ms) : NULL;
}

/* Rooms "0" to "N-1". */
static void open_rooms(struct house *house, int count, int64_t now_ms)
{
    char title[16];

    for (int i = 0; i < count; i++) {
        snprintf(title, sizeof title, "%d", i);
        CHECK(open_room(house, title, now_ms) != NULL);
    }
}

static struct message *say(struct room *room, const struct person *author, const char *id,
                           sio_str text)
{
    struct message *message = message_new(room, author, str(id), text, 1763726400000);

    if (message != NULL)
        room_keep(room, message);
    return message;
}

TEST(a_room_is_found_by_the_bytes_of_its_title)
{
    struct house house = {0};
    struct room *tea = open_room(&house, "tea", 1), *capital = open_room(&house, "Tea", 1);

    CHECK(house_room(&house, str("tea")) == tea);
    CHECK(house_room(&house, str("Tea")) == capital);
    CHECK(house_room(&house, str("te")) == NULL);
    CHECK(house_room(&house, str("teas")) == NULL);
    CHECK_MEM(tea->title, tea->title_len, "tea", 3);
    house_clear(&house);
    CHECK(house_room(&house, str("tea")) == NULL);
}

TEST(the_longest_empty_room_makes_place)
{
    struct house house = {0};
    struct person ada = {.id = "ada"};

    open_rooms(&house, ROOMS_MAX, 100);
    for (struct room *room = house.rooms; room != NULL; room = room->hh.next)
        room->empty_since_ms = 200;
    house_room(&house, str("7"))->empty_since_ms = 50;
    seat_take(&ada, house_room(&house, str("7"))); /* is not empty, however old */
    house_room(&house, str("600"))->empty_since_ms = 150;
    CHECK(open_room(&house, "new", 300) != NULL);
    CHECK(house_room(&house, str("600")) == NULL);
    CHECK(house_room(&house, str("7")) != NULL);
    CHECK_EQ(HASH_COUNT(house.rooms), ROOMS_MAX);
    seat_leave(ada.seats, 400);
    house_clear(&house);
}

TEST(a_house_full_of_people_has_no_place)
{
    struct house house = {0};
    struct person ada = {.id = "ada"};

    open_rooms(&house, ROOMS_MAX, 1);
    for (struct room *room = house.rooms; room != NULL; room = room->hh.next)
        seat_take(&ada, room);
    CHECK(!house_make_place(&house));
    seat_leave(seat_find(&ada, house_room(&house, str("500"))), 2);
    CHECK(house_make_place(&house));
    CHECK(house_room(&house, str("500")) == NULL);
    while (ada.seats != NULL)
        seat_leave(ada.seats, 3);
    house_clear(&house);
}

TEST(seats_are_counted_on_both_sides)
{
    struct house house = {0};
    struct person ada = {.id = "ada"}, bob = {.id = "bob"};
    struct room *tea = open_room(&house, "tea", 1), *chess = open_room(&house, "chess", 1);
    struct seat *ada_tea = seat_take(&ada, tea), *bob_tea = seat_take(&bob, tea);
    struct seat *ada_chess = seat_take(&ada, chess);

    CHECK_EQ(tea->count, 2);
    CHECK_EQ(chess->count, 1);
    CHECK_EQ(ada.seat_count, 2);
    CHECK(seat_find(&ada, tea) == ada_tea);
    CHECK(seat_find(&ada, chess) == ada_chess);
    CHECK(seat_find(&bob, tea) == bob_tea);
    CHECK(seat_find(&bob, chess) == NULL);

    seat_leave(ada_tea, 77);
    CHECK(seat_find(&ada, tea) == NULL);
    CHECK_EQ(tea->count, 1);
    CHECK_EQ(tea->empty_since_ms, 1);
    CHECK(tea->seats == bob_tea && bob_tea->next_in_room == NULL && bob_tea->prev_in_room == NULL);
    seat_leave(bob_tea, 88);
    CHECK_EQ(tea->empty_since_ms, 88);
    CHECK(tea->seats == NULL);
    seat_leave(ada_chess, 99);
    CHECK(ada.seats == NULL && bob.seats == NULL);
    CHECK_EQ(ada.seat_count, 0);
    house_clear(&house);
}

TEST(seats_go_from_the_middle_and_the_ends)
{
    struct house house = {0};
    struct person people[5] = {0};
    struct room *room = open_room(&house, "tea", 1);
    static const int order[] = {2, 0, 4, 1, 3};
    size_t met;

    for (int i = 0; i < 5; i++)
        seat_take(&people[i], room);
    for (int i = 0; i < 5; i++) {
        met = 0;
        for (struct seat *seat = room->seats; seat != NULL; seat = seat->next_in_room)
            met++;
        CHECK_EQ(met, 5 - i);
        seat_leave(people[order[i]].seats, 2);
    }
    CHECK_EQ(room->count, 0);
    house_clear(&house);
}

TEST(messages_are_counted_from_one_and_found_by_id)
{
    struct house house = {0};
    struct person ada = {.id = "ada"};
    struct room *room = open_room(&house, "tea", 1);

    person_rename(&ada, str("Ada"));
    CHECK_EQ(say(room, &ada, "m1", str("hi"))->seq, 1);
    CHECK_EQ(say(room, &ada, "m2", str("again"))->seq, 2);
    CHECK(room_find(room, str("m1")) == room->oldest);
    CHECK(room_find(room, str("m2")) == room->newest);
    CHECK(room_find(room, str("m")) == NULL);
    CHECK_MEM(room->oldest->text.ptr, room->oldest->text.len, "hi", 2);
    person_fini(&ada);
    house_clear(&house);
}

TEST(a_message_keeps_the_name_of_its_time)
{
    struct house house = {0};
    struct person ada = {.id = "ada"}, guest = {.id = "guest"};
    struct room *room = open_room(&house, "tea", 1);
    struct message *first;

    person_rename(&ada, str("Ada"));
    first = say(room, &ada, "m1", str("hi"));
    person_rename(&ada, str("Lovelace"));
    CHECK_MEM(first->name.ptr, first->name.len, "Ada", 3);
    CHECK_STR(first->author_id, "ada");
    CHECK(!first->is_guest);
    CHECK(say(room, &guest, "m2", str("hi"))->is_guest);
    person_fini(&ada);
    house_clear(&house);
}

TEST(a_message_that_is_not_kept_leaves_no_gap)
{
    struct house house = {0};
    struct person ada = {.id = "ada"};
    struct room *room = open_room(&house, "tea", 1);

    message_free(message_new(room, &ada, str("m1"), str("lost"), 1));
    CHECK_EQ(room->message_count, 0);
    CHECK_EQ(say(room, &ada, "m2", str("hi"))->seq, 1);
    house_clear(&house);
}

TEST(a_room_keeps_the_last_100_messages)
{
    struct house house = {0};
    struct person ada = {.id = "ada"};
    struct room *room = open_room(&house, "tea", 1);
    char id[16];

    for (int i = 1; i <= 250; i++) {
        snprintf(id, sizeof id, "m%d", i);
        say(room, &ada, id, str("hi"));
    }
    CHECK_EQ(room->message_count, 100);
    CHECK_EQ(room->oldest->seq, 151);
    CHECK_EQ(room->newest->seq, 250);
    CHECK(room_find(room, str("m150")) == NULL);
    CHECK(room_find(room, str("m151")) != NULL);
    house_clear(&house);
}

TEST(a_room_keeps_256_KB_of_text)
{
    struct house house = {0};
    struct person ada = {.id = "ada"};
    struct room *room = open_room(&house, "tea", 1);
    static char text[TEXT_BYTES];
    char id[16];

    memset(text, 'x', sizeof text);
    for (int i = 1; i <= 16; i++) {
        snprintf(id, sizeof id, "m%d", i);
        say(room, &ada, id, (sio_str){text, sizeof text});
    }
    CHECK_EQ(room->message_count, 16);
    CHECK_EQ(room->text_bytes, ROOM_TEXT_BYTES_MAX);
    say(room, &ada, "small", str("x"));
    CHECK_EQ(room->message_count, 16);
    CHECK_EQ(room->oldest->seq, 2);
    CHECK_EQ(room->text_bytes, ROOM_TEXT_BYTES_MAX - TEXT_BYTES + 1);
    house_clear(&house);
}

TEST(a_forgotten_room_begins_anew)
{
    struct house house = {0};
    struct person ada = {.id = "ada"};

    open_rooms(&house, ROOMS_MAX, 100);
    house_room(&house, str("5"))->empty_since_ms = 1;
    say(house_room(&house, str("5")), &ada, "m1", str("hi"));
    open_room(&house, "new", 200);
    CHECK(house_room(&house, str("5")) == NULL);
    CHECK_EQ(open_room(&house, "5", 300)->seq, 0);
    CHECK(room_find(house_room(&house, str("5")), str("m1")) == NULL);
    house_clear(&house);
}

CHECK_MAIN(CHECK_ROW(a_room_is_found_by_the_bytes_of_its_title),
           CHECK_ROW(the_longest_empty_room_makes_place),
           CHECK_ROW(a_house_full_of_people_has_no_place),
           CHECK_ROW(seats_are_counted_on_both_sides),
           CHECK_ROW(seats_go_from_the_middle_and_the_ends),
           CHECK_ROW(messages_are_counted_from_one_and_found_by_id),
           CHECK_ROW(a_message_keeps_the_name_of_its_time),
           CHECK_ROW(a_message_that_is_not_kept_leaves_no_gap),
           CHECK_ROW(a_room_keeps_the_last_100_messages), CHECK_ROW(a_room_keeps_256_KB_of_text),
           CHECK_ROW(a_forgotten_room_begins_anew))
