namespace FineWebTorch.Common;

/// <summary>
/// All there is to know of an option or argument of a command: how it is typed, what help and completion say of it.
/// </summary>
/// <param name="Name">An option with its dashes; an argument, which has none, in capitals.</param>
/// <param name="HelpName">What help calls the value; empty for a flag.</param>
/// <param name="Description">For help, without the default.</param>
/// <param name="Default">As it would be typed; null where not typing it means something else than any text.</param>
public abstract record Setting(string Name, string HelpName, string Description, string? Default)
{
    /// <summary>Where help shows it.</summary>
    public OptionGroup Group { get; init; }

    /// <summary>Values that shells offer for completion.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Names of files that shells offer for completion.</summary>
    public PathKind Paths { get; init; }

    /// <summary>It may be given several times; then it is set once for each value, in order.</summary>
    public bool IsRepeatable { get; init; }

    /// <summary>The command does nothing without it.</summary>
    public bool IsRequired { get; init; }

    /// <summary>It means nothing unless the output is on the Hub.</summary>
    public bool IsForHub { get; init; }

    /// <summary>
    /// Names of options that say the opposite or the same in another way. Where one of them is typed, what variables and
    /// files say of this one does not count.
    /// </summary>
    public IReadOnlyList<string> Rivals { get; init; } = [];

    /// <summary>A value is not repeated in messages, unless it only names a file: <c>@FILE</c>.</summary>
    public bool IsSecret { get; init; }

    public bool IsArgument => !Name.StartsWith('-');

    public bool IsFlag => !IsArgument && HelpName.Length == 0;

    /// <summary>A value as messages may have it.</summary>
    public string Shown(string text) =>
        IsSecret && !text.StartsWith('@') ? new Secret(text).ToString() : ProxyAddress.Hide(text);

    /// <summary>Its name in a file of options.</summary>
    public string Key => Name.TrimStart('-');

    /// <summary>The variable of its name means something else.</summary>
    public bool IsTypedOnly { get; init; }

    /// <summary>The environment variable that may hold it; null where none may, as for an argument.</summary>
    public string? Variable =>
        IsArgument || IsTypedOnly ? null : $"FINEWEB_{Key.ToUpperInvariant().Replace('-', '_')}";

    /// <summary>An option without a value, which sets when it is given.</summary>
    public static Setting<T> Flag<T>(string name, string description, Func<T, T> set) =>
        new(name, HelpName: "", description, Default: null, (target, _) => set(target));

    /// <summary>One of some words, of which the first is the default.</summary>
    public static Setting<T> OneOf<T>(
        string name, string helpName, string description, string[] words, Func<T, string, T> set) =>
        new(name, helpName, description, words[0], (target, text) => set(target, OptionText.OneOf(text, words)))
        {
            Words = words,
        };
}

/// <inheritdoc/>
/// <typeparam name="T">What it is set in; a record, since setting makes another one.</typeparam>
/// <param name="Set">
/// Reads the text ("true" for a flag); throws a <see cref="FormatException"/> that says what to give instead.
/// </param>
public sealed record Setting<T>(
    string Name, string HelpName, string Description, string? Default, Func<T, string, T> Set)
    : Setting(Name, HelpName, Description, Default)
{
    /// <summary>Makes what was typed independent of where it was typed, for example an absolute path.</summary>
    public Func<string, string> Resolve { get; init; } = text => text;

    /// <summary>What was set, in the words of the command line; null where nobody asks.</summary>
    public Func<T, string>? Write { get; init; }

    /// <summary>The same option of something that holds a <typeparamref name="T"/>.</summary>
    public Setting<TOuter> Within<TOuter>(Func<TOuter, T> get, Func<TOuter, T, TOuter> put) =>
        new(Name, HelpName, Description, Default, (outer, text) => put(outer, Set(get(outer), Resolve(text))))
        {
            Group = Group,
            Words = Words,
            Paths = Paths,
            Rivals = Rivals,
            IsRepeatable = IsRepeatable,
            IsRequired = IsRequired,
            IsForHub = IsForHub,
            IsSecret = IsSecret,
            IsTypedOnly = IsTypedOnly,
            Write = Write is null ? null : outer => Write(get(outer)),
        };

    /// <returns><paramref name="target"/> as it was where a text is wrong; then there is a violation more.</returns>
    public T Apply(T target, GivenOption given, ICollection<string> violations)
    {
        foreach (var text in given.Texts)
        {
            try
            {
                target = Set(target, Resolve(text));
            }
            catch (FormatException exception)
            {
                violations.Add($"{given.Where(Shown(text))}: {exception.Message}");
            }
        }

        return target;
    }
}

/// <summary>The groups of options in help, in their order there.</summary>
public enum OptionGroup
{
    Other,
    Input,
    Output,
    Model,
    Hub,
    Workers,
    Console,
}

/// <summary>What a value names on this machine.</summary>
public enum PathKind
{
    None,
    File,
    Folder,
}
