using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace FineWebTorch.HubEmulator;

/// <summary>Discussions and pull requests: list, open, look at, close and open again, merge.</summary>
internal static class DiscussionRoutes
{
    private const int PageSize = 10;

    public static Task HandleAsync(Exchange exchange)
    {
        var segments = exchange.Target.Segments;
        return (HttpMethods.IsPost(exchange.Request.Method), segments.Count > 6 ? segments[6] : "") switch
        {
            (true, "merge") => MergeAsync(exchange),
            (true, "status") => ChangeStatusAsync(exchange),
            (true, "") => OpenAsync(exchange),
            (false, "") => segments.Count > 5 ? DescribeAsync(exchange) : ListAsync(exchange),
            _ => Route.Unknown.Handle(exchange),
        };
    }

    private static async Task OpenAsync(Exchange exchange)
    {
        var repository = RepositoryRoutes.Writable(exchange, isProposal: true);
        var body = await exchange.ReadJsonAsync().ConfigureAwait(false);
        var title = body["title"]?.GetValue<string>() ?? "";
        if (title.Length is < 3 or > 200)
            throw ApiException.BadRequest("\"title\" length must be between 3 and 200 characters");
        var number = body["pullRequest"]?.GetValue<bool>() == true
            ? repository.Open(title, "refs/heads/main", repository.Require("main").Id, Discussion.Draft)
            : repository.Open(title);
        repository.Save();
        await exchange.JsonAsync(Summary(exchange, repository, number)).ConfigureAwait(false);
    }

    private static Task ListAsync(Exchange exchange)
    {
        var repository = RepositoryRoutes.Readable(exchange);
        var all = Enumerable.Range(1, repository.State.Discussions.Count).Reverse()
            .Where(number => Fits(exchange, repository.State.Discussions[number - 1])).ToList();
        var start = PageSize * int.Parse(exchange.Query("p") ?? "0", CultureInfo.InvariantCulture);
        return exchange.JsonAsync(new JsonObject
        {
            ["count"] = all.Count,
            ["start"] = start,
            ["discussions"] = new JsonArray([.. all.Skip(start).Take(PageSize)
                .Select(number => (JsonNode)Summary(exchange, repository, number))]),
        });
    }

    private static bool Fits(Exchange exchange, Discussion one) =>
        exchange.Query("type") is not "pull_request" and not "discussion" ||
        (exchange.Query("type") == "pull_request") == one.IsPullRequest;

    private static Task DescribeAsync(Exchange exchange)
    {
        var repository = RepositoryRoutes.Readable(exchange);
        var (number, discussion) = Named(exchange, repository);
        var json = Summary(exchange, repository, number);
        if (discussion.Base is { } branch)
        {
            var merge = Merge(repository, number, branch);
            json["changes"] = new JsonObject { ["base"] = branch, ["mergeCommitId"] = discussion.MergeCommit };
            json["filesWithConflicts"] = discussion.Status == Discussion.Merged
                ? new JsonArray()
                : new JsonArray([.. merge.Conflicts.Select(path => (JsonNode)path)]);
            json["diff"] = "";
        }

        json["events"] = new JsonArray([.. discussion.Changes.Select(change => (JsonNode)Event(exchange, change))]);
        return exchange.JsonAsync(json);
    }

    private static async Task ChangeStatusAsync(Exchange exchange)
    {
        var repository = RepositoryRoutes.Writable(exchange, isProposal: true);
        var (_, discussion) = Named(exchange, repository);
        var body = await exchange.ReadJsonAsync().ConfigureAwait(false);
        var status = body["status"]?.GetValue<string>();
        if (status is not Discussion.Open and not Discussion.Closed || discussion.Status == Discussion.Merged)
            throw ApiException.BadRequest($"cannot change status from {discussion.Status} to {status}");
        discussion.Become(status, exchange.State.Options.Time.GetUtcNow());
        repository.Save();
        await exchange.JsonAsync(new JsonObject { ["newStatus"] = Event(exchange, discussion.Changes[^1]) })
            .ConfigureAwait(false);
    }

    private static async Task MergeAsync(Exchange exchange)
    {
        var repository = RepositoryRoutes.Writable(exchange);
        await repository.Gate.WaitAsync().ConfigureAwait(false);
        try
        {
            var (number, discussion) = Named(exchange, repository);
            if (discussion is not { Status: Discussion.Open, Base: { } branch })
                throw ApiException.BadRequest($"cannot merge: status is {discussion.Status}");
            var merge = Merge(repository, number, branch);
            if (merge.Conflicts.Count > 0)
                throw new ApiException(409, null, $"This branch has conflicts: {string.Join(", ", merge.Conflicts)}");
            var commit = merge.Squash($"{discussion.Title} (#{number})", "");
            repository.State.Refs[branch] = commit.Id;
            discussion.MergeCommit = commit.Id;
            discussion.Become(Discussion.Merged, exchange.State.Options.Time.GetUtcNow());
            repository.Save();
        }
        finally
        {
            repository.Gate.Release();
        }

        await exchange.JsonAsync(new JsonObject { ["success"] = true }).ConfigureAwait(false);
    }

    private static ThreeWayMerge Merge(Repository repository, int number, string branch) =>
        new(repository, repository.Require(branch), repository.Require($"refs/pr/{number}"));

    private static (int Number, Discussion Discussion) Named(Exchange exchange, Repository repository)
    {
        var isNumber = int.TryParse(
            exchange.Target.Segments[5], NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        return isNumber && number >= 1 && number <= repository.State.Discussions.Count
            ? (number, repository.State.Discussions[number - 1])
            : throw new ApiException(404, null, "Discussion not found");
    }

    private static JsonObject Summary(Exchange exchange, Repository repository, int number)
    {
        var discussion = repository.State.Discussions[number - 1];
        return new JsonObject
        {
            ["num"] = number,
            ["title"] = discussion.Title,
            ["status"] = discussion.Status,
            ["isPullRequest"] = discussion.IsPullRequest,
            ["author"] = Author(exchange),
            ["createdAt"] = RepositoryRoutes.Iso(discussion.Created),
            ["repo"] = new JsonObject
            {
                ["name"] = repository.Id,
                ["type"] = repository.Kind.TrimEnd('s'),
            },
        };
    }

    private static JsonObject Event(Exchange exchange, StatusChange change) => new()
    {
        ["id"] = change.Id,
        ["type"] = "status-change",
        ["createdAt"] = RepositoryRoutes.Iso(change.Date),
        ["author"] = Author(exchange),
        ["data"] = new JsonObject { ["status"] = change.Status },
    };

    private static JsonObject Author(Exchange exchange) => new() { ["name"] = exchange.State.Options.User };
}
