//! How tests name what they look for: by role and accessible name, as a person with a screen reader
//! would, within another such thing if need be. Never by class or id.

/// Something on the page.
#[derive(Clone, Debug)]
pub struct By {
    pub role: &'static str,
    pub name: String,
    /// The name only has to contain these words.
    pub part: bool,
    pub within: Option<Box<Self>>,
}

impl By {
    fn new(role: &'static str, name: &str) -> Self {
        Self { role, name: name.to_owned(), part: false, within: None }
    }

    /// Any thing of this role in whose name the words occur.
    pub fn part(mut self) -> Self {
        self.part = true;
        self
    }

    /// Inside of another.
    pub fn within(mut self, outer: Self) -> Self {
        self.within = Some(Box::new(outer));
        self
    }
}

macro_rules! roles {
    ($($function:ident $role:literal),+ $(,)?) => {
        $(
            #[doc = concat!("A ", $role, " of this name.")]
            pub fn $function(name: &str) -> By {
                By::new($role, name)
            }
        )+
    };
}

roles! {
    alert_dialog "alertdialog", button "button", combobox "combobox", dialog "dialog", grid "grid",
    group "group", heading "heading", link "link", menu_item "menuitem", option "option", radio "radio",
    row "row", searchbox "searchbox", tab "tab", textbox "textbox",
}
