//! The tables and their columns: the only place that names them.

use super::source::TableName;
use super::table::{Column, Schema, may, need};

/// The schema of a table.
pub const fn schema(table: TableName) -> Schema {
    match table {
        TableName::Users => users::SCHEMA,
        TableName::AdSpend => ad_spend::SCHEMA,
        TableName::TeamCost => team_cost::SCHEMA,
        TableName::OtherCost => other_cost::SCHEMA,
        TableName::Distributors => distributors::SCHEMA,
        TableName::Referrals => referrals::SCHEMA,
        TableName::Refunds => refunds::SCHEMA,
        TableName::Bill => bill::SCHEMA,
        TableName::Orders => orders::SCHEMA,
        TableName::Payments => payments::SCHEMA,
        TableName::Adjustments => adjustments::SCHEMA,
        TableName::Targets => targets::SCHEMA,
    }
}

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Id,
    Date,
    Money,
    Text,
}

impl Kind {
    pub const fn is_measure(self) -> bool {
        matches!(self, Kind::Date | Kind::Money)
    }
}

/// What stands in the column of ours that has this name.
pub fn kind_of_name(name: &str) -> Kind {
    match name {
        "reference" => Kind::Id,
        name if name.ends_with("_id") => Kind::Id,
        name if name == "date" || name == "month" || name.ends_with("_at") || name.ends_with("_on") => {
            Kind::Date
        }
        "amount" | "cost" | "goods_cost" | "refund" | "tax" | "quantity" | "unit_price" => Kind::Money,
        _ => Kind::Text,
    }
}

impl Column {
    pub fn kind(&self) -> Kind {
        kind_of_name(self.name)
    }
}

/// Gives each column a constant with its index.
macro_rules! columns {
    (@index $at:expr;) => {};
    (@index $at:expr; $name:ident $($rest:ident)*) => {
        pub const $name: usize = $at;
        columns!(@index $at + 1; $($rest)*);
    };
    ($module:ident $table:ident, date $date:expr, amount $amount:expr; $($name:ident = $need:ident $column:literal,)*) => {
        pub mod $module {
            #[allow(unused_imports)] // not every table has both kinds of column
            use super::{Schema, TableName, may, need};
            columns!(@index 0; $($name)*);
            pub const SCHEMA: Schema = Schema {
                table: TableName::$table,
                columns: &[$($need($column),)*],
                date: $date,
                amount: $amount,
            };
        }
    };
}

columns! { users Users, date Some(ACQUIRED_ON), amount Some(COST);
    USER_ID = need "user_id", ACQUIRED_ON = need "acquired_on", CHANNEL = may "channel", COST = may "cost",
    STAFF = may "staff",
}
/// Users whose days of joining stand elsewhere.
pub const UNDATED_USERS: Schema = Schema {
    columns: &[need("user_id"), may("acquired_on"), may("channel"), may("cost"), may("staff")],
    date: None,
    ..users::SCHEMA
};

/// Ad spend with a column for each channel, which the header names.
pub const WIDE_AD_SPEND: Schema =
    Schema { table: TableName::AdSpend, columns: &[need("date")], date: Some(ad_spend::DATE), amount: None };

columns! { orders Orders, date Some(PAID_AT), amount Some(AMOUNT);
    ORDER_ID = need "order_id", USER_ID = need "user_id", PAID_AT = need "paid_at", AMOUNT = need "amount",
    REFUND = may "refund", REFUNDED_AT = may "refunded_at", STATUS = may "status",
    COMPLETED_AT = may "completed_at", PRODUCT = may "product", CATEGORY = may "category",
    GOODS_COST = may "goods_cost", QUANTITY = may "quantity", UNIT_PRICE = may "unit_price",
}
columns! { ad_spend AdSpend, date Some(DATE), amount Some(AMOUNT);
    DATE = need "date", CHANNEL = need "channel", AMOUNT = need "amount", CAMPAIGN = may "campaign",
}
columns! { team_cost TeamCost, date Some(DATE), amount Some(AMOUNT);
    DATE = need "date", AMOUNT = need "amount", TEAM = may "team", CHANNEL = may "channel",
}
columns! { other_cost OtherCost, date Some(DATE), amount Some(AMOUNT);
    DATE = need "date", AMOUNT = need "amount", CATEGORY = may "category", CHANNEL = may "channel",
}
columns! { referrals Referrals, date Some(BOUND_AT), amount None;
    ORDER_ID = may "order_id", USER_ID = may "user_id", DISTRIBUTOR_ID = need "distributor_id",
    BOUND_AT = may "bound_at", EXPIRES_AT = may "expires_at",
}
columns! { distributors Distributors, date Some(JOINED_ON), amount None;
    DISTRIBUTOR_ID = need "distributor_id", USER_ID = may "user_id", JOINED_ON = may "joined_on",
    LEFT_ON = may "left_on", MOTIVE = may "motive", GRADE = may "grade", UPLINE_ID = may "upline_id",
    NAME = may "name",
}
columns! { refunds Refunds, date Some(REFUNDED_AT), amount Some(AMOUNT);
    ORDER_ID = need "order_id", REFUNDED_AT = need "refunded_at", AMOUNT = need "amount", REASON = may "reason",
}
columns! { bill Bill, date Some(PAID_AT), amount Some(AMOUNT);
    ORDER_ID = need "order_id", AMOUNT = need "amount", REFUND = may "refund", STATUS = may "status",
    PAID_AT = may "paid_at",
}
columns! { payments Payments, date Some(PAID_ON), amount Some(AMOUNT);
    DISTRIBUTOR_ID = need "distributor_id", PAID_ON = need "paid_on", AMOUNT = need "amount", TAX = may "tax",
    STATUS = may "status", REFERENCE = may "reference",
}
columns! { adjustments Adjustments, date Some(DATE), amount Some(AMOUNT);
    DISTRIBUTOR_ID = need "distributor_id", DATE = need "date", AMOUNT = need "amount", REASON = may "reason",
}
columns! { targets Targets, date Some(MONTH), amount None;
    MONTH = need "month", CHANNEL = may "channel", KEY = need "key", VALUE = need "value",
}

/// The columns of an empty table to begin with; `None` for a table that one begins without. Left out is what changes
/// the meaning of a table by being there, though empty: with a `status` or a `completed_at` no order is settled that
/// does not say so, and prices stand in place of an amount; `refunds` and a `refund` in `orders` exclude each other, and `referrals` are by order or by binding.
pub fn beginning(table: TableName) -> Option<Vec<&'static str>> {
    let left_out: &[&str] = match table {
        TableName::Refunds | TableName::Bill | TableName::Targets => return None,
        TableName::Orders => &["status", "completed_at", "quantity", "unit_price"],
        TableName::Referrals => &["user_id", "bound_at", "expires_at"],
        _ => &[],
    };
    let names = schema(table).columns.iter().map(|column| column.name);
    Some(names.filter(|name| !left_out.contains(name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_the_places_of_their_columns() {
        assert_eq!(orders::SCHEMA.columns[orders::GOODS_COST].name, "goods_cost");
        assert_eq!(orders::SCHEMA.columns[orders::USER_ID].name, "user_id");
        assert_eq!(distributors::SCHEMA.columns[distributors::NAME].name, "name");
        for table in TableName::ALL {
            assert_eq!(schema(table).table, table);
        }
        let names = |s: Schema| s.columns.iter().map(|c| c.name).collect::<Vec<_>>();
        assert_eq!(names(UNDATED_USERS), names(users::SCHEMA));
    }
}
