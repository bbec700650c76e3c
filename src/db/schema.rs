// @generated automatically by Diesel CLI.

diesel::table! {
    credentials (player_id) {
        player_id -> BigInt,
        email -> Text,
        email_key -> Text,
        password_hash -> Text,
        created_at -> Timestamp,
        changed_at -> Timestamp,
    }
}

diesel::table! {
    invites (id) {
        id -> BigInt,
        token -> Text,
        inviter_id -> BigInt,
        rules -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        match_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    jobs (id) {
        id -> BigInt,
        name -> Text,
        once_key -> Nullable<Text>,
        data -> Text,
        created_at -> Timestamp,
        due_at -> Timestamp,
        owner_id -> Nullable<BigInt>,
        fence -> BigInt,
        tries -> Integer,
        last_error -> Nullable<Text>,
        is_dead -> Bool,
    }
}

diesel::table! {
    match_chunks (match_id, number) {
        match_id -> BigInt,
        number -> Integer,
        until_tick -> BigInt,
        inputs -> Text,
    }
}

diesel::table! {
    matches (id) {
        id -> BigInt,
        mode -> Text,
        status -> Text,
        rules -> Text,
        seed -> BigInt,
        created_at -> Timestamp,
        started_at -> Nullable<Timestamp>,
        finished_at -> Nullable<Timestamp>,
        winner_seat -> Nullable<Integer>,
        end_reason -> Nullable<Text>,
        ticks -> Nullable<BigInt>,
        longest_rally -> Nullable<Integer>,
        points -> Nullable<Text>,
        log -> Nullable<Text>,
        rematch_id -> Nullable<BigInt>,
        owner_id -> Nullable<BigInt>,
        fence -> BigInt,
    }
}

diesel::table! {
    players (id) {
        id -> BigInt,
        kind -> Text,
        name -> Text,
        name_key -> Text,
        joined_at -> Timestamp,
        won -> BigInt,
        lost -> BigInt,
        is_admin -> Bool,
    }
}

diesel::table! {
    queue_entries (player_id) {
        player_id -> BigInt,
        points -> Integer,
        since -> Timestamp,
        seen_at -> Timestamp,
        match_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    replicas (id) {
        id -> BigInt,
        beat -> BigInt,
        started_at -> Timestamp,
    }
}

diesel::table! {
    seats (match_id, seat) {
        match_id -> BigInt,
        seat -> Integer,
        player_id -> Nullable<BigInt>,
        alias -> Nullable<Text>,
        strength -> Nullable<Text>,
        score -> Integer,
        result -> Nullable<Text>,
        finished_at -> Nullable<Timestamp>,
        round_trip -> Nullable<Integer>,
        jitter -> Nullable<Integer>,
        inputs -> Integer,
        late_inputs -> Integer,
        pauses -> Integer,
        absent_ms -> Integer,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        data -> Text,
        expires_at -> Timestamp,
    }
}

diesel::joinable!(credentials -> players (player_id));
diesel::joinable!(invites -> matches (match_id));
diesel::joinable!(invites -> players (inviter_id));
diesel::joinable!(match_chunks -> matches (match_id));
diesel::joinable!(queue_entries -> players (player_id));
diesel::joinable!(seats -> matches (match_id));
diesel::joinable!(seats -> players (player_id));

diesel::allow_tables_to_appear_in_same_query!(
    credentials,
    invites,
    jobs,
    match_chunks,
    matches,
    players,
    queue_entries,
    replicas,
    seats,
    sessions,
);
