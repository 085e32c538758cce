-- The macros of the view `access`. Those for names of clusters and for gRPC are written from
-- their tables (`macros.py`).

-- An address as Envoy writes it, without port, brackets and zone; IPv4 where IPv6 stands for it.
-- NULL where it is not an IP address. Most are plain IPv4, and that is told four times faster.
create or replace temp macro ip_of(address) as (
    case
        when regexp_full_match(
            address,
            '(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?::[0-9]+)?'
        ) then split_part(address, ':', 1)
        else nullif(
            regexp_replace(
                lower(trim(address)),
                '(?s)^(?:((?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3})(?::[0-9]+)?|\[(?:::ffff:((?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3})|([0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*))(?:%[^\]]*)?\](?::[0-9]+)?|(?:::ffff:((?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3})|([0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*))(?:%.*)?|.*)$',
                '\1\2\3\4\5'
            ),
            ''
        )
    end
);

-- The same of a socket's address, which is mostly IPv4 with a port, and else what is given. What starts
-- with a digit and has its first colon behind seven characters is that, told three times faster: an
-- IPv6 address has one in its first five.
create or replace temp macro ip_of_socket(address, otherwise) as (
    case
        when strpos(address, ':') > 7 and address between '0' and ':'
            then left(address, strpos(address, ':') - 1)
        else otherwise
    end
);

-- DuckDB computes a function of one column once for each entry of a Parquet dictionary, unless it is
-- regexp_matches: that is why the following is written with regexp_extract and regexp_replace.

-- A percentile that really occurred, or NULL where there are too few values: with 95 % confidence
-- the true one is not beyond all of them. p50 asks for 5 values, p90 for 29, p99 for 299.
-- The usual shares are taken from one list, which DuckDB then computes once for all of them.
create or replace temp macro percentile(value, share) as (
    case
        when power(greatest(share, 1 - share), count(value)) <= 0.05
            then case
                when share in (0.5, 0.9, 0.95, 0.99, 0.999)
                    then quantile_disc(value, [0.5, 0.9, 0.95, 0.99, 0.999])[
                        list_position([0.5, 0.9, 0.95, 0.99, 0.999], share)
                    ]
                else quantile_disc(value, share)
            end
    end
);

-- A socket's address of which nothing but the address counts, and whether the port is 0: any other
-- port is left out, its colon is not. It may be used for the whole, and there are far fewer of it.
create or replace temp macro short_socket(address) as (
    case
        when strpos(address, ':') > 7 and address between '0' and ':' and not ends_with(address, ':0')
            then left(address, strpos(address, ':'))
        else address
    end
);

-- Envoy's peer, which it puts at the end of X-Forwarded-For.
create or replace temp macro appended_ip(chain) as (
    ip_of(regexp_extract(chain, '[^,]*$'))
);

-- An address without its port, whatever kind of address it is.
create or replace temp macro host_of(address) as (
    left(address, length(address) - strpos(reverse(address), ':'))
);

-- The request target up to its query. Few have a fragment, which costs a third more to look for.
create or replace temp macro bare_path_of(path) as (
    case
        when contains(path, '#') then split_part(split_part(path, '#', 1), '?', 1)
        else split_part(path, '?', 1)
    end
);

-- Who visits, as far as an address and a user agent tell; NULL where there is no address.
create or replace temp macro visitor_of(client_ip, user_agent) as (
    case when client_ip is not null then hash(client_ip, user_agent) end
);

-- Whether a request is a visitor's first, or comes after a pause longer than that.
create or replace temp macro after_pause(moment, visitor, pause) as (
    coalesce(moment - lag(moment) over (partition by visitor order by moment) > pause, true)
);

-- The place of a request in the order of time; those of one moment are in one that never changes.
create or replace temp macro place_in_time(moment, authority, route) as (
    epoch_us(moment)::hugeint * 18446744073709551616::hugeint + hash(authority, route)
);

-- The starts of all intervals of a window, those in which nothing happened included. Steps of half
-- an hour meet every day and week, however long a zone makes them.
create or replace temp macro intervals(first, last, length, zone) as table
    select distinct time_bucket(length, moment, zone) as time
    from unnest(generate_series(
        time_bucket(length, first::timestamptz, zone),
        last::timestamptz - interval 1 microsecond,
        least(length, interval 30 minutes)
    )) as steps(moment);
