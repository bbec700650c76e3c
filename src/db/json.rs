//! Values as JSON in TEXT columns: written before they are stored and read after they are loaded, so that nothing unreadable is
//! ever stored or passes for a value.

use diesel::{QueryResult, result::Error};
use serde::{Serialize, de::DeserializeOwned};

/// The JSON of a value.
///
/// # Errors
/// `SerializationError` for a value that JSON cannot hold.
pub fn write<T: Serialize>(value: &T) -> QueryResult<String> {
    serde_json::to_string(value).map_err(|error| Error::SerializationError(Box::new(error)))
}

/// The value of a JSON text.
///
/// # Errors
/// `DeserializationError` for text of another form, for example from another version.
pub fn read<T: DeserializeOwned>(text: &str) -> QueryResult<T> {
    serde_json::from_str(text).map_err(|error| Error::DeserializationError(Box::new(error)))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn what_cannot_be_written_or_read_is_an_error_of_the_query() {
        assert_eq!(read::<Vec<u8>>(&write(&vec![1, 2]).unwrap()).unwrap(), [1, 2]);
        assert!(matches!(write(&HashMap::from([(vec![1], 2)])), Err(Error::SerializationError(_))));
        assert!(matches!(read::<Vec<u8>>(""), Err(Error::DeserializationError(_))));
    }
}
