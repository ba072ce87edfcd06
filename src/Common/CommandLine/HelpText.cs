using System.CommandLine;
using System.CommandLine.Invocation;
using System.Globalization;
using System.Text;

namespace FineWebTorch.Common;

/// <summary>What <c>--help</c> prints: options in groups, examples, at most 80 columns.</summary>
public static class HelpText
{
    private const int Width = 80;
    private const int LabelWidth = 26;
    private const int Indent = LabelWidth + 2;

    /// <summary>A blank where no line ends.</summary>
    private const char Glue = '\u00a0';

    /// <param name="root">The program.</param>
    /// <param name="command">The program itself or a command of it.</param>
    public static string Of(Command root, Command command)
    {
        var table = command.Action as CommandTable;
        var text = new StringBuilder();
        Wrap(text, command.Description ?? "", indent: 0, used: 0);
        Usage(text, root, command, table);
        List(text, "Commands", command.Subcommands.Select(known => (known.Name, known.Description ?? "")));
        var settings = table?.Settings ?? [];
        List(text, "Arguments", settings.Where(setting => setting.IsArgument).Select(Describe));
        foreach (var group in Options(settings).GroupBy(setting => setting.Group).OrderBy(group => Place(group.Key)))
            List(text, Title(group.Key), group.Select(Describe).Concat(Library(group.Key, command == root)));
        Examples(text, table?.Examples ?? []);
        if (settings.FirstOrDefault(setting => setting is { IsArgument: false, IsFlag: false }) is { } example)
        {
            text.Append('\n');
            Wrap(
                text, $"Options may also come from variables ({example.Variable} for {example.Name}) and from the " +
                "file of --config; see docs/cli.md.", indent: 0, used: 0);
        }

        return text.ToString();
    }

    /// <summary>All words that call it: "coordinator run".</summary>
    internal static string NameOf(Command root, Command command) => command == root
        ? root.Name
        : $"{NameOf(root, command.Parents.OfType<Command>().First())} {command.Name}";

    private static IEnumerable<Setting> Options(IReadOnlyList<Setting> settings) =>
        settings.Concat(CommandContext.Settings).Where(setting => !setting.IsArgument);

    /// <summary>Options that nobody filed come last, before those of the console.</summary>
    private static int Place(OptionGroup group) =>
        group == OptionGroup.Other ? (int)OptionGroup.Console * 2 - 1 : (int)group * 2;

    private static string Title(OptionGroup group) => group switch
    {
        OptionGroup.Model => "Model and device",
        OptionGroup.Other => "Other options",
        _ => group.ToString(),
    };

    private static IEnumerable<(string Label, string Text)> Library(OptionGroup group, bool isRoot)
    {
        if (group != OptionGroup.Console)
            yield break;
        yield return ("-h, --help", "Show this");
        if (isRoot)
            yield return ("--version", "Show the version");
    }

    private static void Usage(StringBuilder text, Command root, Command command, CommandTable? table)
    {
        var name = NameOf(root, command);
        text.Append("\nUsage:\n");
        if (table is not null)
        {
            var arguments = table.Settings.Where(setting => setting.IsArgument)
                .Select(setting => setting.IsRequired ? Label(setting) : $"[{Label(setting)}]");
            text.Append(CultureInfo.InvariantCulture, $"  {string.Join(' ', [name, .. arguments, "[OPTION...]"])}\n");
        }

        if (command.Subcommands.Count > 0)
            text.Append(CultureInfo.InvariantCulture, $"  {name} COMMAND [OPTION...]\n");
    }

    private static void Examples(StringBuilder text, IReadOnlyList<string> examples)
    {
        if (examples.Count == 0)
            return;
        text.Append("\nExamples:\n");
        foreach (var example in examples)
            text.Append(CultureInfo.InvariantCulture, $"  {example.ReplaceLineEndings("\n    ")}\n");
    }

    private static (string Label, string Text) Describe(Setting setting) =>
        (Label(setting), setting.Default is { Length: > 0 } value
            ? $"{setting.Description} [default:{Glue}{value.Replace(' ', Glue)}]"
            : setting.Description);

    private static string Label(Setting setting) => setting switch
    {
        { IsArgument: true } => setting.IsRepeatable ? $"{setting.Name}..." : setting.Name,
        { IsFlag: true } => setting.Name,
        _ => $"{setting.Name} {setting.HelpName}",
    };

    private static void List(StringBuilder text, string title, IEnumerable<(string Label, string Text)> rows)
    {
        var header = $"\n{title}:\n";
        foreach (var (label, description) in rows)
        {
            text.Append(header).Append("  ").Append(label);
            header = "";
            var used = label.Length + 2;
            if (used >= Indent)
            {
                text.Append('\n');
                used = 0;
            }

            Wrap(text, description, Indent, used);
        }
    }

    /// <summary>Fills lines with words; a word longer than a line is broken, after a slash where it has one.</summary>
    private static void Wrap(StringBuilder text, string words, int indent, int used)
    {
        text.Append(' ', indent - used);
        var column = indent;
        foreach (var word in words.Split(' ').SelectMany(word => Pieces(word, Width - indent)))
        {
            if (column > indent && column + 1 + word.Length > Width)
            {
                text.Append('\n').Append(' ', indent);
                column = indent;
            }

            if (column > indent)
                text.Append(' ');
            text.Append(word.Replace(Glue, ' '));
            column += word.Length + (column > indent ? 1 : 0);
        }

        text.Append('\n');
    }

    private static IEnumerable<string> Pieces(string word, int width)
    {
        while (word.Length > width)
        {
            var slash = word.LastIndexOf('/', width - 1);
            var length = slash > 0 ? slash + 1 : width;
            yield return word[..length];
            word = word[length..];
        }

        yield return word;
    }

    /// <summary>Prints it, whatever else is on the command line.</summary>
    internal sealed class Printing : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.Write(
                Of(parseResult.RootCommandResult.Command, parseResult.CommandResult.Command));
            return ExitCode.Success;
        }
    }
}
