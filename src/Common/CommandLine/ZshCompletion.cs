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
              local command='' i
              for ((i = 2; i < CURRENT; i++)); do
                case $words[i] in
                  ({{program.CommandNames.Replace(' ', '|')}})
                    command=$words[i]; words=("${(@)words[i,-1]}"); ((CURRENT -= i - 1)); break ;;
                esac
              done
              case $command in

            """.ReplaceLineEndings("\n"));
        foreach (var command in program.Commands)
            Add(script, command.Name, command.Settings.Select(Spec));
        var commands = program.Commands.Select(command => $@"{command.Name}\:""{Text(command.Description)}""");
        Add(
            script, "*",
            program.Own.Options.Select(Spec).Append($"'1:command:(({string.Join(' ', commands)}))'"));
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
