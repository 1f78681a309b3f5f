use futures::future::join_all;

use super::super::spent::Spent;
use super::*;

/// The seconds in which lines came, while `run` ran, and the lines.
async fn lines(book: &Arc<Book>, run: impl Future<Output = ()>) -> Vec<(u64, String)> {
    let (mut run, mut looks, mut told) = (std::pin::pin!(run), interval(LOOK_EVERY), Vec::new());
    loop {
        tokio::select! {
            biased;
            _ = looks.tick() => {
                told.extend(book.due_line().map(|line| (book.now().as_secs(), line)));
            }
            () = run.as_mut() => return told,
        }
    }
}

fn seconds(lines: &[(u64, String)]) -> Vec<u64> {
    lines.iter().map(|(second, _)| *second).collect()
}

#[tokio::test(start_paused = true)]
async fn a_wait_of_five_minutes_is_told_ten_times() {
    let book = begin_anew();
    let told = lines(&book, async {
        let piece = crate::waits::told_piece("the video 7", Duration::from_secs(600));
        piece.because("in work");
        piece.sleep(State::TikTok, Duration::from_secs(300)).await;
    });
    let told = told.await;
    assert_eq!(seconds(&told), (0..10).map(|times| 10 + 30 * times).collect::<Vec<_>>());
    let (_, second) = &told[1];
    assert!(second.starts_with("Waiting for TikTok's work: the video 7, 40 s so far, until at most "), "{second}");
    assert!(second.ends_with(" UTC (in work)"), "{second}");
    assert_eq!(book.whole().spent, Spent { tiktok: 300_000, ..Spent::default() });
}

#[tokio::test(start_paused = true)]
async fn many_who_wait_are_one_line() {
    let book = begin_anew();
    let told = lines(&book, async {
        let one = async |number: u64| {
            let piece = crate::waits::piece(format!("lane {number}"));
            tokio::time::sleep(Duration::from_millis(number * 130)).await;
            let state = if number.is_multiple_of(2) { State::Quota } else { State::Retrying };
            piece.sleep(state, Duration::from_secs(100)).await;
        };
        join_all((0..20).map(one)).await;
    });
    let told = told.await;
    assert_eq!(seconds(&told), [10, 40, 70, 100]);
    assert!(told[1].1.starts_with("Waiting for TikTok's quota: lane 0, 40 s so far, until "), "{told:#?}");
    assert!(told[1].1.ends_with("; 19 others wait: 9 for the quota, 10 to try again"), "{told:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_queue_is_told_only_where_it_stands_still() {
    let book = begin_anew();
    let told = lines(&book, async {
        let waiting = crate::waits::piece("the last of a queue");
        waiting.paces(0);
        for _ in 0..60 {
            let other = crate::waits::piece("another one");
            other.asks(Duration::from_secs(30));
            tokio::time::sleep(Duration::from_secs(1)).await;
            other.answered();
        }
        tokio::time::sleep(Duration::from_secs(25)).await;
    });
    let told = told.await;
    assert_eq!(seconds(&told), [30, 60, 70]);
    assert_eq!(told[0].1, "Going on: 30 s so far, 30 requests, 0 of them refused as too many");
    assert_eq!(told[2].1, "Waiting for TikTok's quota: the last of a queue, 1 min 10 s so far");
    let whole = book.whole();
    assert_eq!(whole.requests, 60);
    assert_eq!(whole.spent, Spent { asking: 30_000, quota: 55_000, ..Spent::default() });
}

#[tokio::test(start_paused = true)]
async fn where_nothing_waits_nothing_is_told() {
    let book = begin_anew();
    let told = lines(&book, async {
        let _idle = crate::waits::piece("idle");
        crate::waits::piece("gone").paces(0);
        tokio::time::sleep(Duration::from_secs(1_000)).await;
    });
    assert_eq!(seconds(&told.await), Vec::<u64>::new());
    assert_eq!(book.whole().spent, Spent { own: 1_000_000, ..Spent::default() });
    assert_eq!(book.timeline().buckets.len(), 126);
}

#[tokio::test(start_paused = true)]
async fn a_place_of_files_that_takes_long_is_told_and_is_own_work() {
    let book = begin_anew();
    let told = lines(&book, async {
        let piece = crate::waits::piece("s3://b to take states");
        piece.stores();
        tokio::time::sleep(Duration::from_secs(75)).await;
    });
    let told = told.await;
    assert_eq!(seconds(&told), [10, 40, 70]);
    assert_eq!(told[0].1, "Waiting for a place of files: s3://b to take states, 10 s so far");
    assert_eq!(book.whole().spent, Spent { own: 75_000, ..Spent::default() });
}

#[tokio::test(start_paused = true)]
async fn a_queue_waits_for_what_its_head_waits_for() {
    let book = begin_anew();
    let [head, second, third] = ["head", "second", "third"].map(crate::waits::piece);
    [&head, &second, &third].iter().for_each(|piece| piece.stands(7));
    let asking = crate::waits::piece("asking");
    asking.asks(Duration::from_secs(30));
    tokio::time::sleep(Duration::from_secs(10)).await;
    head.paces(7);
    tokio::time::sleep(Duration::from_secs(4)).await;
    head.passes(7);
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(book.whole().spent, Spent { asking: 21_000, quota: 3_000, ..Spent::default() });
    second.rests(7, Duration::from_secs(60));
    drop((asking, second));
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(book.whole().spent, Spent { asking: 21_000, quota: 9_000, ..Spent::default() });
    third.passes(7);
    drop((head, third));
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(book.whole().spent.own, 5_000);
}

/// Nothing waits for long, and much is to do: no line of another kind would come for hours.
#[tokio::test(start_paused = true)]
async fn work_that_goes_on_is_told_every_thirty_seconds() {
    let book = begin_anew();
    book.course(|| Some("`ads` 7 of 3000 partitions".to_owned()));
    let told = lines(&book, tokio::time::sleep(Duration::from_secs(300))).await;
    assert_eq!(seconds(&told), (1..=10).map(|times| 30 * times).collect::<Vec<_>>());
    assert_eq!(
        told[1].1,
        "Going on: 1 min 0 s so far, 0 requests, 0 of them refused as too many; `ads` 7 of 3000 partitions"
    );
}
