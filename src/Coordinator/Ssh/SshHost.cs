using System.Globalization;
using System.Text.RegularExpressions;
using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Ssh;

/// <summary>A machine that workers are started on.</summary>
/// <param name="Address">As ssh takes it: a name, an address or an alias that it knows, with a user before @.</param>
/// <param name="Port">Null for what ssh takes.</param>
/// <param name="Gpus">all, none, or how many.</param>
internal sealed partial record SshHost(string Address, int? Port, string Gpus)
{
    /// <summary>In messages and names of files.</summary>
    public string Name
    {
        get
        {
            var name = Address.IndexOf('@') + 1;
            var clear = Address.Contains(':') ? $"{Address[..name]}[{Address[name..]}]" : Address;
            return Port is { } port ? string.Create(CultureInfo.InvariantCulture, $"{clear}:{port}") : clear;
        }
    }

    /// <summary>A line for each machine; empty ones and what follows a # do not count.</summary>
    /// <exception cref="UserErrorException">There is no such file, or a line is not understood.</exception>
    public static IReadOnlyList<SshHost> ReadAll(string path)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: cannot be read: {unreadable.Message}", inner: unreadable);
        }

        List<SshHost> hosts = [];
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Split('#')[0].Trim();
            if (line.Length == 0)
                continue;
            var host = Parse(line) ?? throw new UserErrorException(
                $"{path}:{i + 1}: write a machine as 'user@host:port gpus=2', of which only the host is needed; gpus " +
                "may be a number, all or none");
            if (hosts.Any(other => other.Name == host.Name))
                throw new UserErrorException($"{path}:{i + 1}: {host.Name} stands there twice");
            hosts.Add(host);
        }

        return hosts.Count > 0 ? hosts : throw new UserErrorException($"{path}: names no machine");
    }

    internal static SshHost? Parse(string line)
    {
        if (LinePattern().Match(line) is not { Success: true } match)
            return null;
        int? port = null;
        if (match.Groups["port"] is { Success: true } typed)
        {
            port = int.Parse(typed.Value, CultureInfo.InvariantCulture);
            if (port is 0 or > 65535)
                return null;
        }

        var gpus = match.Groups["gpus"] is { Success: true } wanted ? wanted.Value : "all";
        return new SshHost(match.Groups["user"].Value + match.Groups["host"].Value, port, gpus);
    }

    /// <summary>Nothing that begins with a dash: ssh would take it for an option.</summary>
    [GeneratedRegex(
        @"^(?<user>[A-Za-z0-9_][-A-Za-z0-9_.]*@)?" +
        @"((?<host>[A-Za-z0-9][-A-Za-z0-9_.]*)|\[(?<host>[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9_.-]+)?)\])" +
        @"(:(?<port>[0-9]{1,5}))?(\s+gpus=(?<gpus>all|none|[1-9][0-9]?))?$", RegexOptions.ExplicitCapture)]
    private static partial Regex LinePattern();
}
