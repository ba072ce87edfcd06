using System.Globalization;
using System.Text;

namespace FineWebTorch.Common;

/// <summary>Completion for zsh, sourced or as a file <c>_name</c> in a folder of <c>fpath</c>.</summary>
internal static class ZshCompletion
{
    public static string Of(CompletedProgram program)
    {
        var name = program.Name;
        var function = "_" + name;
        var script = new StringBuilder($$"""
            #compdef {{name}}
            # zsh completion of {{name}}. In ~/.zshrc, after compinit: source <({{name}} completion zsh)
            {{function}}() {
              local command='' i=2
              while ((i < CURRENT)); do
                case "$command $words[i]" in
                  ({{string.Join('|', program.Commands.Skip(1).Select(command => $"'{command.Above} {command.Words[^1]}'"))}})
                    command="${command:+$command }$words[i]"; words=("${(@)words[i,-1]}"); ((CURRENT -= i - 1)); i=2 ;;
                  (*) ((i++)) ;;
                esac
              done
              case "$command" in

            """.ReplaceLineEndings("\n"));
        foreach (var command in program.Commands)
            Add(script, $"'{command.Key}'", SpecsOf(command));
        script.Append($$"""
              esac
            }
            if [ "$funcstack[1]" = {{function}} ]; then {{function}} "$@"; else compdef {{function}} {{name}}; fi

            """.ReplaceLineEndings("\n"));
        return script.ToString();
    }

    private static void Add(StringBuilder script, string pattern, IEnumerable<string> specs) => script
        .Append(CultureInfo.InvariantCulture, $"    ({pattern}) _arguments")
        .AppendJoin("", specs.Select(spec => $" \\\n      {spec}"))
        .Append(" ;;\n");

    /// <summary>Commands below stand where the first argument does.</summary>
    private static IEnumerable<string> SpecsOf(CompletedCommand command)
    {
        if (command.Below.Count == 0)
            return command.Settings.Select(Spec);
        var words = (command.Argument?.Words ?? []).Select(word => (Name: word, Description: word));
        var offered = words.Concat(command.Below).Select(word => $@"{word.Name}\:""{Text(word.Description)}""");
        return command.Settings.Where(setting => setting != command.Argument).Select(Spec)
            .Append($"'1:command:(({string.Join(' ', offered)}))'");
    }

    private static string Spec(Setting setting)
    {
        var (label, offer) = (Text(setting.HelpName), Offer(setting));
        return setting switch
        {
            { IsArgument: true } => $"'{(setting.IsRepeatable ? "*" : "1")}:{label}:{offer}'",
            { IsFlag: true } => $"'{setting.Name}[{Text(setting.Description)}]'",
            _ => $"'{(setting.IsRepeatable ? "*" : "")}{setting.Name}=[{Text(setting.Description)}]:{label}:{offer}'",
        };
    }

    private static string Offer(Setting setting) => setting switch
    {
        { Words.Count: > 0 } => $"({string.Join(' ', setting.Words)})",
        { Paths: PathKind.File } => "_files",
        { Paths: PathKind.Folder } => "_files -/",
        _ => " ",
    };

    /// <summary>What stands in a description's place may hold none of the characters that end it.</summary>
    private static string Text(string text) => string.Concat(text.Select(c => c switch
    {
        '[' or ']' or ':' or '\\' => $@"\{c}",
        '\'' or '"' or '`' or '$' => " ",
        _ => c.ToString(),
    }));
}
