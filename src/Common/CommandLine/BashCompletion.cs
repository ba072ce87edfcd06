using System.Globalization;
using System.Text;

namespace FineWebTorch.Common;

/// <summary>Completion for bash, from 3.2 on, without the package bash-completion.</summary>
internal static class BashCompletion
{
    public static string Of(CompletedProgram program)
    {
        var name = program.Name;
        var function = "_complete_" + name;
        var script = new StringBuilder($$"""
            # bash completion of {{name}}. In ~/.bashrc: source <({{name}} completion bash)
            {{function}}() {
              local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command='' i IFS=$'\n'
              # bash takes --name=value apart.
              if [ "$cur" = = ]; then cur=''; elif [ "$prev" = = ]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
              for ((i = 1; i < COMP_CWORD; i++)); do
                case "$command ${COMP_WORDS[i]}" in
                  {{string.Join('|', program.Commands.Skip(1).Select(command => $"'{command.Above} {command.Words[^1]}'"))}})
                    command=${command:+$command }${COMP_WORDS[i]} ;;
                esac
              done
              COMPREPLY=()
              case "$command $prev" in

            """.ReplaceLineEndings("\n"));
        foreach (var command in program.Commands)
            foreach (var setting in command.Options.Where(option => !option.IsFlag))
                Add(script, $"'{command.Key} {setting.Name}'", $"{Offer(setting)}; return");
        script.Append("  esac\n  case \"$command $cur\" in\n");
        foreach (var command in program.Commands)
            Add(script, $"'{command.Key} -'*", Offer(Words(command.Options.Select(option => option.Name))));
        // What begins with a command's words may be for one below it.
        foreach (var command in program.Commands.OrderByDescending(command => command.Words.Count))
            Add(script, $"'{command.Key} '*", Follow(command));
        script.Append(CultureInfo.InvariantCulture, $"  esac\n}}\ncomplete -F {function} {name}\n");
        return script.ToString();
    }

    /// <summary>Commands and what the argument may be, of a command that has both.</summary>
    private static string Follow(CompletedCommand command) => (command.Below.Count, command.Argument) switch
    {
        (0, null) => ":",
        (0, { } argument) => Offer(argument),
        (_, var argument) => Offer(Words(command.Below.Select(below => below.Name).Concat(argument?.Words ?? []))),
    };

    private static void Add(StringBuilder script, string pattern, string action) =>
        script.Append(CultureInfo.InvariantCulture, $"    {pattern}) {action} ;;\n");

    private static string Offer(string words) => $"COMPREPLY=($(compgen -W {words} -- \"$cur\"))";

    /// <summary>Nothing, for a value that nobody can guess.</summary>
    private static string Offer(Setting setting) => setting switch
    {
        { Words.Count: > 0 } => Offer(Words(setting.Words)),
        { Paths: PathKind.File } =>
            "compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- \"$cur\"))",
        { Paths: PathKind.Folder } =>
            "compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- \"$cur\"))",
        _ => ":",
    };

    /// <summary>For <c>compgen -W</c>, which splits at what IFS holds.</summary>
    private static string Words(IEnumerable<string> words) => $"$'{string.Join("\\n", words)}'";
}
