//! The columns of one period.

use crate::world::{SHARED, UNKNOWN, World};
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

/// The columns of one period: channels in byte order, `(shared)` and `(unknown)` last; or one for everything.
#[derive(Debug)]
pub(crate) struct Slots {
    pub names: Vec<Box<str>>,
    /// Shown even where empty.
    pub always: Vec<bool>,
    /// From a channel's number to its slot.
    of_channel: Vec<usize>,
    pub shared: usize,
    pub unknown: usize,
}

impl Slots {
    pub fn new(world: &World, by_channel: bool) -> Slots {
        if !by_channel {
            let of_channel = vec![0; world.channels.len() + 1];
            return Slots { names: vec!["".into()], always: vec![true], of_channel, shared: 0, unknown: 0 };
        }
        let named = &world.channels[..world.named_channels];
        let mut order: Vec<usize> =
            (0..named.len()).filter(|&c| ![SHARED, UNKNOWN].contains(&&*named[c])).collect();
        order.sort_unstable_by(|&a, &b| named[a].cmp(&named[b]));
        let mut names: Vec<Box<str>> = order.iter().map(|&c| named[c].clone()).collect();
        let (shared, unknown) = (names.len(), names.len() + 1);
        names.extend([SHARED.into(), UNKNOWN.into()]);
        // Channels that only a price names have no column; nothing ever stands there.
        let mut of_channel = vec![unknown; world.channels.len() + 1];
        for (slot, &c) in order.iter().enumerate() {
            of_channel[c] = slot;
        }
        let is_named = |name: &str| named.iter().any(|n| &**n == name);
        for (c, name) in world.channels.iter().enumerate() {
            if &**name == SHARED {
                of_channel[c] = shared;
            }
        }
        let always = (0..names.len()).map(|s| s < shared || is_named(&names[s])).collect();
        Slots { names, always, of_channel, shared, unknown }
    }

    /// The slot of a user's channel; the unknown one where there is no such user.
    pub fn of_user(&self, world: &World, user: Option<usize>) -> usize {
        let user = user.and_then(|u| world.users.get(u));
        user.map_or(self.unknown, |user| self.of(user.channel))
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }
    pub fn of(&self, channel: u32) -> usize {
        self.of_channel.get(channel as usize).copied().unwrap_or(self.unknown)
    }
}
