//! The bus of a site of several processes: publish and subscribe over Valkey (or Redis).
//!
//! One task keeps two connections, one to receive and one to send. Messages sent while there is no connection are lost, and
//! [`Bus::up`] tells everybody who relies on them.

use std::{
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use futures_util::StreamExt;
use parking_lot::Mutex;
use prometheus_client::metrics::histogram::Histogram;
use redis::{AsyncConnectionConfig, Client, IntoConnectionInfo, Msg, Script, aio::MultiplexedConnection};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::{
    sync::{mpsc, watch},
    time::{interval, sleep, timeout},
};

use super::bus::{Bus, Ears, WeakEars};
use crate::id::Id;

/// The channel that all replicas listen to.
const ALL: &str = "transcendence:all";
/// Messages that may wait to be sent.
const WAITING: usize = 16_384;
/// Messages sent in one go.
const BATCH: usize = 256;
/// How long Valkey may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long Valkey may take to count: a request is waiting for it.
const COUNT_PATIENCE: Duration = Duration::from_millis(300);
/// Time between two messages from this replica to itself, which show that the connection works and how long a message takes.
const ECHO_EVERY: Duration = Duration::from_secs(1);
/// When nothing has been heard for this long, the connection is given up.
const ECHO_PATIENCE: Duration = Duration::from_secs(4);
/// The first wait after a failure; doubled with each further one.
const BACK_OFF: Duration = Duration::from_millis(100);
/// The longest wait after a failure.
const LONGEST: Duration = Duration::from_secs(2);

/// The generic cell rate algorithm on the server's clock. `ARGV`: the ms that each use takes, and the ms that may be used up at
/// once.
const COUNT: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now) + tonumber(ARGV[1])
local early = due - now - tonumber(ARGV[2])
if early > 0 then return early end
redis.call('SET', KEYS[1], string.format('%d', due), 'PX', string.format('%d', due - now))
return 0";

/// Where Valkey is: `redis://host:port`, optionally with a user, a password and a database.
#[derive(Clone)]
pub struct Address(pub String);

/// Not a valid address, or no answer from it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadAddress(String);

impl Address {
    fn client(&self) -> Result<Client, BadAddress> {
        // Without the URL, which may hold a password.
        let bad = |error: redis::RedisError| BadAddress(format!("is not a valid Valkey address: {:?}", error.kind()));
        let info = self.0.as_str().into_connection_info().map_err(bad)?;
        Client::open(info).map_err(bad)
    }

    /// Checks that Valkey answers; takes at most two seconds.
    ///
    /// # Errors
    /// When the address is not valid or Valkey does not answer, with the reason.
    pub async fn ping(&self) -> Result<(), BadAddress> {
        let client = self.client()?;
        let failed = |error: redis::RedisError| BadAddress(error.to_string());
        let mut connection = client.get_multiplexed_async_connection_with_config(&config()).await.map_err(failed)?;
        redis::cmd("PING").query_async::<()>(&mut connection).await.map_err(failed)
    }
}

fn config() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(Some(PATIENCE))
}

/// What goes over the channel of all replicas.
#[derive(Serialize, Deserialize)]
struct ToAll<'a> {
    topic: &'a str,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// What goes over a replica's own channel.
#[derive(Serialize, Deserialize)]
enum Own<'a> {
    Message {
        from: Id,
        topic: &'a str,
        #[serde(borrow)]
        data: &'a RawValue,
    },
    Echo(u64),
}

/// Sends and receives over Valkey.
pub struct Valkey {
    shared: Arc<Shared>,
    waiting: mpsc::Sender<(String, String)>,
    count: Script,
}

struct Shared {
    me: Id,
    client: Client,
    ears: WeakEars,
    up: watch::Sender<bool>,
    /// Too many messages are waiting to be sent: some were lost, which must be noticed.
    overflown: tokio::sync::Notify,
    speaking: Mutex<Option<MultiplexedConnection>>,
    began: Instant,
    latency: Histogram,
}

fn channel(replica: Id) -> String {
    format!("transcendence:{replica}")
}

impl Valkey {
    /// Starts the task that keeps the connection open.
    ///
    /// # Errors
    /// When the address is not valid.
    pub(super) fn start(address: Address, me: Id, ears: Ears, latency: Histogram) -> Result<Self, BadAddress> {
        let shared = Arc::new(Shared {
            me,
            client: address.client()?,
            ears: ears.downgrade(),
            up: watch::channel(false).0,
            overflown: tokio::sync::Notify::new(),
            speaking: Mutex::default(),
            began: Instant::now(),
            latency,
        });
        let (waiting, to_say) = mpsc::channel(WAITING);
        tokio::spawn(Arc::clone(&shared).keep_connected(to_say));
        Ok(Self { shared, waiting, count: Script::new(COUNT) })
    }

    fn say(&self, channel: String, message: &impl Serialize) {
        if !*self.shared.up.borrow() {
            return;
        }
        let Ok(text) = serde_json::to_string(message) else { return };
        if self.waiting.try_send((channel, text)).is_err() {
            self.shared.overflown.notify_one();
        }
    }
}

#[async_trait]
impl Bus for Valkey {
    fn tell_all(&self, topic: &'static str, message: &RawValue) {
        if *self.shared.up.borrow() {
            self.say(ALL.to_owned(), &ToAll { topic, data: message });
        } else if let Some(ears) = self.shared.ears.upgrade() {
            // Reaches at least the listeners in this process.
            ears.heard(topic, message);
        }
    }

    fn tell(&self, replica: Id, topic: &'static str, message: &RawValue) {
        self.say(channel(replica), &Own::Message { from: self.shared.me, topic, data: message });
    }

    fn up(&self) -> watch::Receiver<bool> {
        self.shared.up.subscribe()
    }

    async fn count(&self, key: &str, burst: NonZeroU32, period: Duration) -> Option<Result<(), Duration>> {
        let mut connection = self.shared.speaking.lock().clone()?;
        let period = u64::try_from(period.as_millis()).unwrap_or(u64::MAX);
        let mut invocation = self.count.key(format!("transcendence:limit:{key}"));
        invocation.arg((period / u64::from(burst.get())).max(1)).arg(period);
        let counted = timeout(COUNT_PATIENCE, invocation.invoke_async::<u64>(&mut connection)).await;
        match counted.ok()?.ok()? {
            0 => Some(Ok(())),
            early => Some(Err(Duration::from_millis(early))),
        }
    }
}

impl Shared {
    async fn keep_connected(self: Arc<Self>, mut to_say: mpsc::Receiver<(String, String)>) {
        let mut back_off = BACK_OFF;
        loop {
            let ended = self.connected(&mut to_say, &mut back_off).await;
            *self.speaking.lock() = None;
            if self.up.send_replace(false) {
                tracing::warn!(error = ended, "Lost Valkey: matches continue, but not across replicas");
            } else if back_off == BACK_OFF {
                tracing::warn!(error = ended, "Could not reach Valkey; trying again");
            }
            // Whatever has not been sent by now is of no use any more.
            while to_say.try_recv().is_ok() {}
            if self.ears.upgrade().is_none() {
                return;
            }
            sleep(back_off).await;
            back_off = (back_off * 2).min(LONGEST);
        }
    }

    /// Connects, and stays connected until something fails; returns why.
    async fn connected(&self, to_say: &mut mpsc::Receiver<(String, String)>, back_off: &mut Duration) -> String {
        let connect = async {
            let connection = self.client.get_multiplexed_async_connection_with_config(&config()).await?;
            let mut hearing = self.client.get_async_pubsub().await?;
            hearing.subscribe(&[ALL, channel(self.me).as_str()]).await?;
            Ok::<_, redis::RedisError>((connection, hearing))
        };
        let (connection, hearing) = match timeout(PATIENCE, connect).await {
            Ok(Ok(both)) => both,
            Ok(Err(error)) => return error.to_string(),
            Err(_) => return "no answer".to_owned(),
        };
        *self.speaking.lock() = Some(connection.clone());
        *back_off = BACK_OFF;
        self.up.send_replace(true);
        tracing::info!("Connected to Valkey: replicas can reach each other");
        let heard = Mutex::new(Instant::now());
        let (_, mut messages) = hearing.split();
        let hear = async {
            while let Some(message) = messages.next().await {
                if let Err(why) = self.hear(&message, &heard).await {
                    return why;
                }
            }
            "the subscription ended".to_owned()
        };
        tokio::select! {
            why = hear => why,
            why = self.speak(connection.clone(), to_say) => why,
            why = self.listen_to_oneself(connection.clone(), &heard) => why,
            () = self.overflown.notified() => "too many messages are waiting to be sent".to_owned(),
        }
    }

    async fn speak(
        &self,
        mut connection: MultiplexedConnection,
        to_say: &mut mpsc::Receiver<(String, String)>,
    ) -> String {
        let mut batch = Vec::with_capacity(BATCH);
        while to_say.recv_many(&mut batch, BATCH).await > 0 {
            let mut pipe = redis::pipe();
            for (channel, text) in batch.drain(..) {
                pipe.publish(channel, text).ignore();
            }
            if let Err(error) = pipe.query_async::<()>(&mut connection).await {
                return error.to_string();
            }
        }
        "the process is stopping".to_owned()
    }

    /// Sends messages to this replica itself, because a connection can be dead without having been closed.
    async fn listen_to_oneself(&self, mut connection: MultiplexedConnection, heard: &Mutex<Instant>) -> String {
        let (mut timer, own) = (interval(ECHO_EVERY), channel(self.me));
        loop {
            timer.tick().await;
            if heard.lock().elapsed() > ECHO_PATIENCE {
                return "silence".to_owned();
            }
            let sent = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(0);
            let Ok(text) = serde_json::to_string(&Own::Echo(sent)) else { continue };
            if let Err(error) = redis::cmd("PUBLISH").arg(&own).arg(text).query_async::<()>(&mut connection).await {
                return error.to_string();
            }
        }
    }

    async fn hear(&self, message: &Msg, heard: &Mutex<Instant>) -> Result<(), String> {
        *heard.lock() = Instant::now();
        let ears = self.ears.upgrade().ok_or("the process is stopping")?;
        let text = message.get_payload_bytes();
        let read = if message.get_channel_name() == ALL {
            serde_json::from_slice(text).map(|ToAll { topic, data }| ears.heard(topic, data))
        } else {
            match serde_json::from_slice(text) {
                Ok(Own::Message { from, topic, data }) => {
                    ears.heard_own(topic, from, data).await;
                    Ok(())
                }
                Ok(Own::Echo(sent)) => {
                    let took = self.began.elapsed().saturating_sub(Duration::from_micros(sent));
                    self.latency.observe(took.as_secs_f64());
                    Ok(())
                }
                Err(error) => Err(error),
            }
        };
        if let Err(error) = read {
            tracing::debug!(%error, "Ignored a message of another version");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_address_is_told_without_its_password() {
        let address = Address("redis//:secret@x".to_owned());
        let error = address.client().err().unwrap().to_string();
        assert!(!error.contains("secret"), "{error}");
        let address = Address("redis://:secret@127.0.0.1:1".to_owned());
        assert!(address.client().is_ok());
    }
}
