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
                case ${COMP_WORDS[i]} in
                  {{program.CommandNames.Replace(' ', '|')}}) command=${COMP_WORDS[i]}; break ;;
                esac
              done
              COMPREPLY=()
              case "$command $prev" in

            """.ReplaceLineEndings("\n"));
        foreach (var (command, setting) in Values(program))
            Add(script, $"'{command} {setting.Name}'", $"{Offer(setting)}; return");
        script.Append("  esac\n  case \"$command $cur\" in\n");
        foreach (var (key, command) in Commands(program))
        {
            var names = Words(command.Options.Select(option => option.Name));
            Add(script, $"'{key} -'*", Offer(names));
        }

        var commands = Words(program.Commands.Select(command => command.Name));
        Add(script, "' '*", Offer(commands));
        foreach (var command in program.Commands.Where(command => command.Argument is not null))
            Add(script, $"'{command.Name} '*", Offer(command.Argument!));
        script.Append(CultureInfo.InvariantCulture, $"  esac\n}}\ncomplete -F {function} {name}\n");
        return script.ToString();
    }

    private static IEnumerable<(string Key, CompletedCommand Command)> Commands(CompletedProgram program) =>
        program.Commands.Select(command => (command.Name, command)).Prepend(("", program.Own));

    private static IEnumerable<(string Command, Setting Setting)> Values(CompletedProgram program) =>
        Commands(program).SelectMany(entry =>
            entry.Command.Options.Where(option => !option.IsFlag).Select(option => (entry.Key, option)));

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
