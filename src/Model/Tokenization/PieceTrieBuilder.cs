namespace FineWebTorch.Model.Tokenization;

/// <summary>Lays out a double array, breadth-first, each node's children at the first place where all of them fit.</summary>
internal sealed class PieceTrieBuilder
{
    private const int Roots = 2;
    private const int Alphabet = 256;

    /// <summary>After so many failures a crowded stretch is passed over for good: time is worth more than a few slots.</summary>
    private const int Patience = 64;

    private readonly List<TrieNode> _nodes = [];
    private readonly List<bool> _taken = [];
    private readonly List<byte> _labels = [];
    private int _firstFree = Roots;

    public PieceTrieBuilder() => Reserve(Roots);

    public void Add(int root, List<TriePiece> pieces)
    {
        pieces.Sort(static (a, b) => a.Bytes.AsSpan().SequenceCompareTo(b.Bytes));
        _taken[root] = true;
        var queue = new Queue<(int Node, int First, int End, int Depth)>();
        queue.Enqueue((root, 0, pieces.Count, 0));
        while (queue.TryDequeue(out var next))
            Place(next.Node, next.First, next.End, next.Depth, pieces, queue);
    }

    public TrieNode[] Build() => [.. _nodes];

    /// <summary>Gives a place to the children of a node, which are the pieces [first, end) at their byte depth.</summary>
    private void Place(
        int node, int first, int end, int depth, List<TriePiece> pieces, Queue<(int, int, int, int)> queue)
    {
        var id = -1;
        if (first < end && pieces[first].Bytes.Length == depth)
            id = pieces[first++].Id;
        CollectLabels(pieces, first, end, depth);
        var place = _labels.Count == 0 ? 0 : FindPlace();
        _nodes[node] = _nodes[node] with { Base = place, Id = depth == 0 ? -1 : id };
        foreach (var label in _labels)
        {
            var child = place + label;
            _taken[child] = true;
            _nodes[child] = new TrieNode(0, node, -1);
            var start = first;
            while (first < end && pieces[first].Bytes[depth] == label)
                first++;
            queue.Enqueue((child, start, first, depth + 1));
        }
    }

    private void CollectLabels(List<TriePiece> pieces, int first, int end, int depth)
    {
        _labels.Clear();
        for (var i = first; i < end; i++)
        {
            var label = pieces[i].Bytes[depth];
            if (_labels.Count == 0 || _labels[^1] != label)
                _labels.Add(label);
        }
    }

    private int FindPlace()
    {
        while (_firstFree < _taken.Count && _taken[_firstFree])
            _firstFree++;
        var failures = 0;
        for (var slot = _firstFree; ; slot++)
        {
            if (slot < _labels[0] || (slot < _taken.Count && _taken[slot]))
                continue;
            var place = slot - _labels[0];
            Reserve(place + Alphabet);
            if (_labels.TrueForAll(label => !_taken[place + label]))
                return place;
            if (++failures == Patience)
                _firstFree = slot;
        }
    }

    private void Reserve(int count)
    {
        while (_nodes.Count < count)
        {
            _nodes.Add(new TrieNode(0, -1, -1));
            _taken.Add(false);
        }
    }
}
