//! Enums as words in TEXT columns.

/// Gives an enum of words `ToSql`/`FromSql` for TEXT, `as_str` and `FromStr`; an unknown word in the database is an error.
#[macro_export]
macro_rules! text_enum {
    ($name:ident { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl $name {
            /// The word in the database and in messages.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(word: &str) -> Result<Self, String> {
                match word { $($word => Ok(Self::$variant),)+ other => Err(format!("no {}: {other:?}", stringify!($name))) }
            }
        }
        impl diesel::serialize::ToSql<diesel::sql_types::Text, $crate::db::Backend> for $name {
            fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, $crate::db::Backend>) -> diesel::serialize::Result {
                out.set_value((diesel::sql_types::Text, self.as_str()));
                Ok(diesel::serialize::IsNull::No)
            }
        }
        impl diesel::deserialize::FromSql<diesel::sql_types::Text, $crate::db::Backend> for $name {
            fn from_sql(bytes: <$crate::db::Backend as diesel::backend::Backend>::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                let word = <String as diesel::deserialize::FromSql<diesel::sql_types::Text, $crate::db::Backend>>::from_sql(bytes)?;
                Ok(word.parse()?)
            }
        }
    };
}
